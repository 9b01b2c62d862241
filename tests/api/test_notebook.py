"""What a notebook shows: HTML without scripts, in which no value is taken for markup."""

import re
from html.parser import HTMLParser

import pytest
from program.projects import CANON

import starlang

pytestmark = pytest.mark.requirement("R34")

VOID = {"br", "rect"}
HOSTILE = '<script>alert(1)</script><img src=x onerror="a()"> \\u{202e}'


class Reader(HTMLParser):
    """The elements and texts of a fragment; refuses what is not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def rules() -> starlang.Rules:
    text = f"""
rule trail-path -> Trail weight 0.80 when path mentions memory because "{HOSTILE.replace('"', "'")}"
rule less against Trail weight 0.05 when path mentions cache
"""
    return starlang.compile_text(f'starlang 1\nruleset tried "<b>1</b>"\n{CANON}{text}')


@pytest.fixture(scope="module")
def plan(rules: starlang.Rules) -> starlang.Plan:
    star = {"constellation_alignment": {"primary_star": "Supporting"}}
    strange = {"constellation_alignment": {"primary_star": "<i>none</i>\u202e"}}
    names = ["memory/cache", "memory/<script>x", *(f"many/memory{n}x/memory" for n in range(30))]
    return rules.plan(starlang.load_modules({**dict.fromkeys(names, star), "odd": strange}))


def fragments(rules: starlang.Rules, plan: starlang.Plan) -> list[str]:
    return [value._repr_html_() for value in (rules, plan, *plan)]


def test_fragments_are_whole_and_run_nothing(rules: starlang.Rules, plan: starlang.Plan) -> None:
    for text in fragments(rules, plan):
        read = Reader(text)
        assert read.elements[0] == ("div", {"class": "starlang"})
        tags = {tag for tag, _ in read.elements}
        assert not tags & {"script", "iframe", "link", "img", "html", "body", "b", "i", "object"}
        names = {name for _, attributes in read.elements for name in attributes}
        assert not any(name.startswith("on") or name in {"href", "src", "style"} for name in names)
        assert "\u202e" not in text
        assert "url(" not in text
        assert "@import" not in text


def test_styles_are_for_the_fragment_alone(plan: starlang.Plan) -> None:
    (style,) = re.findall(r"<style>(.*?)</style>", plan._repr_html_(), re.DOTALL)

    selectors = [each for part in re.findall(r"([^{}]+)\{", style) for each in part.split(",")]
    assert selectors
    assert all(each.strip().startswith(".starlang") for each in selectors)


def test_colours_are_those_of_the_page_around(plan: starlang.Plan) -> None:
    """So texts can be read in a light notebook and in a dark one."""
    style = "".join(re.findall(r"<style>(.*?)</style>", plan._repr_html_(), re.DOTALL))

    colours = set(re.findall(r"(?<![-\w])color:\s*([^;]+);", style))
    assert colours == {"inherit"}


def test_a_plan_shows_what_changes(plan: starlang.Plan) -> None:
    read = Reader(plan._repr_html_())

    assert "33 modules" in read.words
    assert "promoted" in read.words
    assert "memory/<script>x" in read.words
    assert f"and {len(plan.edits) - 20} more modules that change" in read.words
    assert sum(tag == "bdi" for tag, _ in read.elements) > 20


def test_a_module_shows_its_evidence(plan: starlang.Plan) -> None:
    read = Reader(plan["memory/cache"]._repr_html_())

    for words in ("memory/cache", "promoted", "+0.80", "-0.05", "trail-path", "0.75", "<script>"):
        assert words in read.words
    assert [tag for tag, _ in read.elements].count("mark") == 2


def test_rules_show_their_conditions(rules: starlang.Rules) -> None:
    read = Reader(rules._repr_html_())

    for words in ("2 rules", "<b>1</b>", "path mentions memory", "-0.05", "promote at 0.70"):
        assert words in read.words
