"""Limits of what is read, each tried on both sides."""

import pytest

from starlang.diagnostics.model import Diagnostic
from starlang.syntax.parse import parse
from starlang.syntax.scanner import MAX_BYTES, decode
from starlang.text import Source


def codes(text: str) -> list[str]:
    return [each.code for each in parse(Source("large.star", text)).diagnostics]


def underlined(text: str) -> list[str]:
    spans = [each.labels[0].span for each in parse(Source("large.star", text)).diagnostics]
    return [text[span.start : span.end] for span in spans]


def rule(condition: str) -> str:
    return f"starlang 1\nrule a -> B when {condition}\n"


@pytest.mark.fault_row(1)
def test_a_file_of_one_mebibyte_is_read_and_no_larger_one() -> None:
    line = b"# " + b"x" * 61 + b"\n"
    data = b"starlang 1\n" + b"\n" * 53 + line * (MAX_BYTES // 64 - 1)

    assert len(data) == MAX_BYTES
    assert isinstance(decode("large.star", data), Source)
    refused = decode("large.star", data + b"\n")
    assert isinstance(refused, Diagnostic)
    assert (refused.code, refused.labels) == ("E116", ())


def test_a_text_is_measured_in_bytes() -> None:
    head = "starlang 1\n"
    lines = "#" + "é" * 4999 + "\n"  # 10,000 bytes
    rest = MAX_BYTES - len(head) - 104 * 10_000

    text = head + lines * 104 + "#" * (rest - 1) + "\n"

    assert len(text.encode()) == MAX_BYTES
    assert codes(text) == []
    assert codes(text + "\n") == ["E116"]


@pytest.mark.fault_row(1)
def test_a_line_of_10000_characters_is_read_and_no_longer_one() -> None:
    assert codes("starlang 1\n#" + "é" * 9_999 + "\r\n") == []
    assert underlined("starlang 1\n#" + "é" * 10_001 + "\r\n") == ["éé"]


@pytest.mark.parametrize("opener", ["(", "not ", "not(", "(\n# deeper\nnot "])
@pytest.mark.fault_row(2)
def test_64_parentheses_and_nots_are_read_and_no_more(opener: str) -> None:
    def nested(depth: int) -> str:
        signs = [
            "(" if each == "(" else "not " for each in opener.replace("not", "n") if each in "(n"
        ]
        chain = [signs[index % len(signs)] for index in range(depth)]
        return "".join(chain) + "owner is x" + ")" * chain.count("(")

    assert codes(rule(nested(64))) == []
    assert codes(rule(nested(65))) == ["E116"]


def test_the_depth_counts_what_is_open_and_no_more() -> None:
    flat = "\n and ".join(['not (owner is x) and owner is not y and path not under "a"'] * 200)

    assert codes(rule(flat)) == []


def test_a_rule_behind_another_does_not_inherit_its_depth() -> None:
    unclosed = "".join(rule("(" * 60 + "owner is x").replace("starlang 1\n", "") for _ in range(3))

    assert set(codes("starlang 1\n" + unclosed)) <= {"E102", "E116"}


@pytest.mark.parametrize("sign", ["(", "not ", "(\n", "not\n", "not(\n"])
@pytest.mark.fault_row(2)
def test_100000_nested_signs_end_in_one_diagnostic(sign: str) -> None:
    assert codes(rule(sign * 100_000)) == ["E116"]


@pytest.mark.fault_row(1)
def test_10000_rules_are_read_and_no_more() -> None:
    line = "rule a -> B when owner is x\n"

    assert codes("starlang 1\n" + line * 10_000) == []
    assert codes("starlang 1\n" + line * 10_001) == ["E116"]


@pytest.mark.fault_row(6)
def test_each_cell_of_a_table_counts_as_a_rule() -> None:
    rows = 'a, b, -> B\n"c", /d,e/, under "f" against C weight 0.5\n' * 1_999
    table = "starlang 1\ntable node {\n" + rows + "}\n" + 'mask mentions a, b, c because "d"\n' * 10

    assert codes(table + "rule a -> B when owner in {x, y}\n" * 5) == []
    assert codes(table + "rule a -> B when owner in {x, y}\n" * 6) == ["E116"]


def test_a_number_of_40_characters_is_read_and_no_longer_one() -> None:
    assert codes(rule(f"tier at least {'9' * 40}")) == []
    assert codes(rule(f"tier at least {'9' * 41}")) == ["E116"]
    assert codes(f'starlang 1\ntest "x" given tier {"9" * 5_000} expect B\n') == ["E116"]


def test_100_findings_are_reported_and_then_that_there_are_more() -> None:
    wrong = "rule a -> B when owner == x\n"

    assert codes("starlang 1\n" + wrong * 100) == ["E107"] * 100
    assert codes("starlang 1\n" + wrong * 101) == ["E116"] + ["E107"] * 100
    assert codes("starlang 1\n" + wrong * 5_000) == ["E116"] + ["E107"] * 100
    assert len(codes("starlang 1\n" + 'use "\\q\\q\\q\\q"\n' * 5_000)) == 101
    assert len(codes("starlang 1\n" + "#\u200b \u200b\n" * 5_000)) == 101
