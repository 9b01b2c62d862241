"""The canonical layout, by example."""

from pathlib import Path
from textwrap import dedent

import pytest

from starlang.source.text import Source
from starlang.syntax.formatting.format import format_source

pytestmark = pytest.mark.requirement("R32")

ROOT = Path(__file__).resolve().parents[2]
RULE_FILES = sorted(
    (*(ROOT / "rules").glob("*.star"), *(ROOT / "examples").rglob("rules/*.star"))
)


def laid_out(text: str) -> str:
    done = format_source(Source("written.star", text))
    assert done.text is not None, done.diagnostics
    assert format_source(Source("again.star", done.text)).text == done.text
    return done.text


def is_laid_out(written: str, expected: str) -> bool:
    """Whether the declarations `written` come out as `expected`."""
    head = "starlang 1\n\n"
    found = laid_out(head + dedent(written).lstrip("\n"))
    assert found == head + dedent(expected).lstrip("\n")
    return True


def stays(text: str) -> bool:
    return is_laid_out(text, text)


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.name)
def test_our_own_files_are_laid_out(path: Path) -> None:
    text = path.read_bytes().decode()

    assert laid_out(text) == text


class TestLines:
    def test_ends_are_those_of_unix(self) -> None:
        assert laid_out('starlang 1\r\n\r\nuse "a.star"  # why\r\n') == (
            'starlang 1\n\nuse "a.star"  # why\n'
        )

    def test_the_last_line_ends_and_no_empty_one_follows(self) -> None:
        assert laid_out('\n\nstarlang 1 use "a.star"') == 'starlang 1\nuse "a.star"\n'
        assert laid_out('starlang 1\nuse "a.star"  \n\n \n') == 'starlang 1\nuse "a.star"\n'

    def test_several_empty_lines_become_one_and_groups_stay(self) -> None:
        assert is_laid_out(
            """
            use "a.star"
            use "b.star"



            use "c.star"
            """,
            """
            use "a.star"
            use "b.star"

            use "c.star"
            """,
        )

    def test_declarations_of_two_kinds_stand_apart_if_one_is_long(self) -> None:
        assert is_laid_out(
            """
            order A, B
            star A
              label "a"
            star B
              label "b"
            mask mentions x because "y"
            rule a -> A when path mentions b
            never promote "x"
              because "y"
            assign "z" to A because "w"
            """,
            """
            order A, B

            star A
              label "a"
            star B
              label "b"

            mask mentions x because "y"
            rule a -> A when path mentions b

            never promote "x"
              because "y"
            assign "z" to A because "w"
            """,
        )


class TestDeclarations:
    def test_what_is_written_on_one_line_stays_there(self) -> None:
        assert stays(
            """
            star Flow label "~" aka Stream
            mask mentions stopwatch, "memory leak*" because "a timer, and a kind of bug"
            rule a -> Flow weight 0.20 when path mentions x unless path under "y" because "z"
            never promote to Flow when owner is missing because "nobody to ask"
            assign "core/heart" to Flow because "cornerstone" until "2027-03-01"
            test "one line" given path "x" node b expect weak Flow at 0.20
            """
        )

    def test_clauses_have_one_order(self) -> None:
        assert is_laid_out(
            """
            star A aka x domain "d" emoji "e" label "l"
            rule a -> A because "z" unless path under "y" when path mentions x weight 0.2
            never promote "x" until "2027-03-01" because "z" except "x/y" to A, B
            never promote because "z" unless name is a when name is b to A
            assign "x" until "2027-03-01" because "z" to A
            """,
            """
            star A label "l" emoji "e" domain "d" aka x
            rule a -> A weight 0.2 when path mentions x unless path under "y" because "z"
            never promote to A, B "x" except "x/y" because "z" until "2027-03-01"
            never promote to A when name is b unless name is a because "z"
            assign "x" to A because "z" until "2027-03-01"
            """,
        )

    def test_one_line_end_before_a_clause_gives_each_a_line(self) -> None:
        assert is_laid_out(
            """
            star A label "l" emoji "e"
              aka x
            rule a -> A when path mentions x
              because "z" weight 0.2
            test "t" given node a
              expect silent
            """,
            """
            star A
              label "l"
              emoji "e"
              aka x

            rule a -> A weight 0.2
              when path mentions x
              because "z"

            test "t"
              given node a
              expect silent
            """,
        )

    def test_the_condition_of_an_exception_stays_beside_it_where_it_fits(self) -> None:
        assert is_laid_out(
            """
            never promote to A
              when owner is missing
              because "nobody to ask"

            never promote to A
              when owner is missing and path under "labs", "experiments/of/some/years" and not tier is T1
              because "nobody to ask"
            """,  # noqa: E501 -- the line is too long, that is the point
            """
            never promote to A when owner is missing
              because "nobody to ask"

            never promote to A
              when owner is missing
               and path under "labs", "experiments/of/some/years"
               and not tier is T1
              because "nobody to ask"
            """,
        )

    def test_what_does_not_fit_on_one_line_is_divided(self) -> None:
        assert is_laid_out(
            """
            rule trail-words -> Trail when text mentions memory, episodic, semantic because "memory words"
            """,  # noqa: E501 -- the same
            """
            rule trail-words -> Trail
              when text mentions memory, episodic, semantic
              because "memory words"
            """,
        )

    def test_exactly_a_hundred_columns_fit(self) -> None:
        rule = f'rule a -> A when path mentions {"x" * 69}'
        assert len(rule) == 100

        assert stays(f"{rule}\n")
        assert is_laid_out(f"{rule}x\n", f"rule a -> A\n  when path mentions {'x' * 70}\n")


class TestLists:
    def test_long_lists_fill_their_lines(self) -> None:
        words = [f"word{number}" for number in range(28)]
        head, tail = ", ".join(words[:9]), ", ".join(words[9:20])

        assert is_laid_out(
            f"""
            rule a -> A
              when path mentions {",".join(words)}
            """,
            f"""
            rule a -> A
              when path mentions {head}, {words[9]},
                {", ".join(words[10:21])},
                {", ".join(words[21:])}
            """,
        ), tail

    def test_a_set_that_was_begun_on_a_new_line_has_a_line_for_each_value(self) -> None:
        assert is_laid_out(
            """
            rule a -> A
              when capability in {
                authentication, authorization }
               and node not in {risk,
                 action,}
            """,
            """
            rule a -> A
              when capability in {
                     authentication,
                     authorization,
                   }
               and node not in {risk, action}
            """,
        )

    def test_given_facets_stand_flush(self) -> None:
        assert is_laid_out(
            """
            test "t"
              given path "mind/attention/router"
                capability attention_router, retrieval
                owner "somebody"
              expect silent
            """,
            """
            test "t"
              given path "mind/attention/router"
                    capability attention_router, retrieval
                    owner "somebody"
              expect silent
            """,
        )

    def test_a_word_that_is_too_long_stands_alone(self) -> None:
        long = f'"{"x" * 110}"'

        assert stays(
            f"""
            rule a -> A
              when path mentions memory,
                {long},
                recall
              because {long}
            """
        )


class TestConditions:
    def test_parts_are_flush_where_they_have_lines_of_their_own(self) -> None:
        assert is_laid_out(
            """
            rule a -> A
              when node is a or
                node is b and
                 node is c
              unless path under "labs" and
              node is d
            """,
            """
            rule a -> A
              when node is a
                or node is b
                   and node is c
              unless path under "labs"
                 and node is d
            """,
        )

    def test_parentheses_are_kept_and_opened_where_they_are_too_long(self) -> None:
        long = "path under " + ", ".join(f'"experiments/{number}"' for number in range(4))
        assert is_laid_out(
            f"""
            rule a -> A
              when (node is a) and not ({long} or tier is T4 and name is b)
            """,
            f"""
            rule a -> A
              when (node is a)
               and not (
                     {long}
                     or tier is T4 and name is b
                   )
            """,
        )

    def test_what_is_ignored_goes_to_a_line_of_its_own(self) -> None:
        pattern = f"/{'|'.join(f'word{number}' for number in range(9))}/i"
        assert is_laid_out(
            f"""
            rule a -> A
              when path matches {pattern} ignoring {pattern}
            """,
            f"""
            rule a -> A
              when path matches {pattern}
                ignoring {pattern}
            """,
        )

    def test_not_follows_is(self) -> None:
        assert is_laid_out(
            "rule a -> A when node not is x and name is  not missing and path not  mentions y\n",
            "rule a -> A when node is not x and name is not missing and path not mentions y\n",
        )


class TestBlocks:
    def test_settings_have_columns(self) -> None:
        assert is_laid_out(
            """
            weights { path 0.40
              capability 0.6 node 1 }
            confidence {
              combine sum
              suggest 0.5
              promote 0.70
              promote Oracle 0.90
              margin 0.1
            }
            """,
            """
            weights {
              path       0.40
              capability 0.6
              node       1
            }

            confidence {
              combine sum
              suggest 0.5
              promote 0.70
              promote Oracle 0.90
              margin  0.1
            }
            """,
        )

    def test_what_is_written_on_one_line_stays_there(self) -> None:
        assert is_laid_out(
            """
            ruleset x "1" {updated "2026-05-04"}
            weights {path 0.40 node 0.50}
            table node { memory->Trail risk,action -> Watch  weight 0.2 }
            ceilings { }
            """,
            """
            ruleset x "1" { updated "2026-05-04" }
            weights { path 0.40  node 0.50 }
            table node { memory -> Trail  risk, action -> Watch weight 0.2 }
            ceilings {}
            """,
        )

    def test_verdicts_stand_in_one_column(self) -> None:
        assert is_laid_out(
            """
            table capability weight 0.40 because "declared" {
              authentication, policy_guard, -> Watch
              under "a/b", /x|y/i -> Trail because "c" weight 0.20
              "größe", 記憶 against Trail
            }
            """,
            """
            table capability weight 0.40 because "declared" {
              authentication, policy_guard -> Watch
              under "a/b", /x|y/i          -> Trail weight 0.20 because "c"
              "größe", 記憶                against Trail
            }
            """,
        )

    def test_columns_end_with_the_paragraph(self) -> None:
        assert stays(
            """
            table node {
              memory         -> Trail
              attention_span -> Flow
              # Not these:
              risk           -> Watch

              a -> Flow
            }
            """
        )

    def test_cells_that_do_not_fit_go_on_below(self) -> None:
        cells = [f"capability_{number}" for number in range(9)]
        assert is_laid_out(
            f"""
            table capability {{
              {", ".join(cells)} -> Watch
              retrieval -> Trail
            }}
            """,
            f"""
            table capability {{
              {", ".join(cells[:6])},
                {", ".join(cells[6:])} -> Watch
              retrieval -> Trail
            }}
            """,
        )

    def test_clauses_of_a_row_go_below_it_where_they_do_not_fit(self) -> None:
        assert is_laid_out(
            f"""
            table node {{
              memory, attention -> Trail because "{"x" * 80}" weight 0.2
              risk -> Watch
            }}
            """,
            f"""
            table node {{
              memory, attention -> Trail
                weight 0.2
                because "{"x" * 80}"
              risk              -> Watch
            }}
            """,
        )

    def test_limits(self) -> None:
        assert is_laid_out(
            """
            ceilings {
              at most 800   promoted
              at most 10% promoted per owner under "labs",  "x" to Oracle
              at least 55% Supporting on breach abort
            }
            """,
            """
            ceilings {
              at most 800 promoted
              at most 10% promoted to Oracle under "labs", "x" per owner
              at least 55% Supporting
              on breach abort
            }
            """,
        )


class TestComments:
    def test_they_stay_above_below_and_beside(self) -> None:
        assert stays(
            """
            # above
            use "a.star"  # beside
            # below, and above the next

            # alone

            star A  # beside a head
              # above a clause
              label "l"  # beside a clause
              # below the last clause
            # above a declaration
            ceilings {  # beside a brace
              # above an entry
              at most 3 promoted

              # below the last entry
            }  # beside the end
            # at the end
            """
        )

    def test_they_stay_inside_lists(self) -> None:
        assert is_laid_out(
            """
            mask mentions stopwatch, # a timer
              watch # a clock
              ,
              # made of cloth
              "night watch" because "time"
            rule a -> A
              when node in {memory,  # one
              risk, attention # two
              }
            """,
            """
            mask mentions stopwatch,  # a timer
                watch,                # a clock
                # made of cloth
                "night watch"
              because "time"

            rule a -> A
              when node in {
                memory,  # one
                risk,
                attention,  # two
              }
            """,
        )

    def test_beside_each_other_they_stand_in_one_column(self) -> None:
        assert is_laid_out(
            """
            confidence {
              combine sum # sum | max | noisy_or
              suggest 0.50
              promote Oracle 0.90    # a star may ask for more
                                     # than others

              margin 0 # none
            }
            """,
            """
            confidence {
              combine sum          # sum | max | noisy_or
              suggest 0.50
              promote Oracle 0.90  # a star may ask for more
                                   # than others

              margin 0  # none
            }
            """,
        )

    def test_they_are_not_cut_nor_moved_for_their_length(self) -> None:
        long = "x" * 90
        assert stays(
            f"""
            use "a.star"  # {long}
            use "long-name.star"  # {long}
            """
        )

    def test_they_go_with_their_clauses(self) -> None:
        assert is_laid_out(
            """
            rule a -> A
              # why it is so
              because "x"
              when node is b  # when it is so
            """,
            """
            rule a -> A
              when node is b  # when it is so
              # why it is so
              because "x"
            """,
        )

    def test_at_the_end_of_one_line_they_are_about_all_of_it(self) -> None:
        assert is_laid_out(
            'rule a -> A because "x" when node is b  # about the rule\n',
            'rule a -> A when node is b because "x"  # about the rule\n',
        )

    def test_in_odd_places_they_stay_there_too(self) -> None:
        assert is_laid_out(
            """
            rule a # 1
              # 2
              -> A when # 3
                not # 4
                  node # 5
                  is b
            """,
            """
            rule a  # 1
                # 2
                -> A
              when           # 3
                   not       # 4
                       node  # 5
                     is b
            """,
        )


class TestTexts:
    def test_there_is_one_spelling_for_an_escape(self) -> None:
        assert is_laid_out(
            r"""
            star A label "\u{22}\u{5c}\u{A}\u{00e9}\u{1f331}é	\\u{9}"
            """,
            r"""
            star A label "\"\\\n\u{E9}\u{1F331}é\t\\u{9}"
            """,
        )

    def test_quotes_patterns_and_numbers_stay_as_they_are(self) -> None:
        assert stays(
            r"""
            rule a -> A weight 0.40 when node in {"memory", risk} and path matches /a\/[/"]\u{9}/i
            rule b -> A weight 0.4 when node at least 03 and name is "2026"
            """
        )


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("starlang 1\nrule a -> \n", "E101"),
            ("rule a -> A when path mentions b\n", "E111"),
            ("starlang 2\n", "E112"),
            ('starlang 1\nrule a -> A when name is b because "x" because "y"\n', "E109"),
            ("# nothing\n", "E111"),
        ],
    )
    def test_a_file_with_errors_is_left_alone(self, text: str, code: str) -> None:
        done = format_source(Source("written.star", text))

        assert done.text is None
        assert code in {each.code for each in done.diagnostics}

    def test_a_warning_does_not_matter(self) -> None:
        assert laid_out("starlang 1\nrule a -> A when name is b*\n")

    def test_a_layout_beyond_the_limits_is_refused(self) -> None:
        because = f'because "{"x" * 9_989}"'
        text = f"starlang 1\nrule a -> A when name is b\n{because}\n"
        assert len(because) == 9_999

        done = format_source(Source("written.star", text))

        assert done.text is None
        assert [each.code for each in done.diagnostics] == ["E116"]
