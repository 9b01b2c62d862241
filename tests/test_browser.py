"""The browser of the tests hears what a page complains of; else its silence proves nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from program.browser import browser, opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>undefined_name()</script>", "undefined_name is not defined"),
        ("<script>console.error('planted')</script>", "planted"),
        ("<img src='nothing.png' alt=''>", "nothing.png"),
        (
            (
                '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
                "<script>1</script>"
            ),
            "Content Security Policy",
        ),
    ],
)
def test_a_planted_error_is_heard(
    chromium: Browser, tmp_path: Path, body: str, complaint: str
) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><title>t</title>{body}", "utf-8")
    with opened(chromium, page) as seen:
        assert any(complaint in each for each in seen.complaints)


def test_a_clean_page_is_silent_and_can_be_read(chromium: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>t</title><p id=a>Seen</p>", "utf-8")
    with opened(chromium, page) as seen:
        assert seen.page.inner_text("#a") == "Seen"
        assert seen.complaints == []
