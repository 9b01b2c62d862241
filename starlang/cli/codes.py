"""`starlang codes`: the pages about diagnostics, offline."""

from typing import Annotated

from starlang.cli.exits import Exit
from starlang.cli.output import put, tell
from starlang.cli.parameters import argument


def codes(
    code: Annotated[
        str | None,
        argument(metavar="CODE", help="A code such as E104; without one, all are listed."),
    ] = None,
) -> None:
    """Say what a diagnostic code means and how to get rid of it."""
    from starlang.text import did_you_mean
    from starlang.workspace.data import data_path

    pages = {page.stem: page for page in sorted(data_path("docs", "codes").glob("*.md"))}
    if code is None:
        for page in pages.values():
            title = page.read_text(encoding="utf-8").partition("\n")[0]
            put(f"{title.removeprefix('# ')}\n")
        return
    wanted = pages.get(code.upper())
    if wanted is None:
        hint = did_you_mean(code.upper(), pages)
        tell(f"there is no code {code}{f'; {hint}' if hint else ''}")
        raise SystemExit(Exit.USAGE)
    put(wanted.read_text(encoding="utf-8"))
