"""What `mentions` looks for, and where it finds it."""

import pytest

from starlang.matching.words import Needle, cut, find, needle


def found(looked_for: str, text: str, join: int = -1) -> list[str]:
    made = needle(looked_for)
    assert made is not None
    return [text[start:end] for start, end in find(made, cut(text), text, join)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("memory", Needle(("memory",))),
        ("Vector Index", Needle(("vector", "index"))),
        ("retriev*", Needle(("retriev",), open=True)),
        ("memory leak*", Needle(("memory", "leak"), open=True)),
        ("api_gateway", Needle(("api", "gateway"))),
        ("OCRReader", Needle(("ocr", "reader"))),
        ("*", None),
        ("--", None),
        ("", None),
    ],
)
def test_a_needle_is_cut_like_a_text(text: str, expected: Needle | None) -> None:
    assert needle(text) == expected


@pytest.mark.parametrize("text", ["memory", "vector index", "retriev*", "memory leak*"])
def test_a_needle_shows_itself_as_it_is_written(text: str) -> None:
    assert str(needle(text)) == text


@pytest.mark.parametrize(
    ("looked_for", "text", "expected"),
    [
        ("ocr", "endocrine", []),
        ("ocr", "tools/ocr", ["ocr"]),
        ("ocr", "OCRReader", ["OCR"]),
        ("ocr", "ocr2", []),
        ("ocr*", "ocr2/ocr", ["ocr2", "ocr"]),
        ("retriev*", "retrieval/retrieve_x", ["retrieval", "retrieve"]),
        ("retriev*", "unretrieved", []),
        ("memory leak", "memory_leak", ["memory_leak"]),
        ("memory leak", "memoryLeak", ["memoryLeak"]),
        ("memory leak", "memory - _leak", ["memory - _leak"]),
        ("memory leak", "memory/leak", []),
        ("memory leak", "memory/_leak", []),
        ("memory leak", "memoryleak", []),
        ("memory leak", "memory x leak", []),
        ("memory leak*", "memory_leaks", ["memory_leaks"]),
        ("mem mem", "mem_mem_mem", ["mem_mem"]),
        ("mem mem", "mem_mem_mem_mem", ["mem_mem", "mem_mem"]),
        ("mém", "MÉM/me\u0301m", ["MÉM", "me\u0301m"]),
    ],
)
def test_where_a_needle_is_found(looked_for: str, text: str, expected: list[str]) -> None:
    assert found(looked_for, text) == expected


def test_a_phrase_does_not_cross_the_join_of_name_and_path() -> None:
    assert found("memory leak", "memory leak/x") == ["memory leak"]
    assert found("memory leak", "memory leak/x", join=6) == []
    assert found("memory leak", "my memory_leak x", join=14) == ["memory_leak"]
