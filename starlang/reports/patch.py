"""How two versions of a text differ, as a patch that `patch` and `git apply` read."""

from collections.abc import Iterator
from difflib import unified_diff

_NO_END = "\n\\ No newline at end of file\n"


def patch(name: str, before: str, after: str) -> Iterator[str]:
    """The lines of the patch with which the file `name` goes from one text to the other."""
    old, new = _lines(before), _lines(after)
    for line in unified_diff(old, new, fromfile=f"a/{name}", tofile=f"b/{name}"):
        yield line if line.endswith("\n") else line + _NO_END


def _lines(text: str) -> list[str]:
    r"""The lines with their ends. Only `\n` ends one: `splitlines` knows ten other ways."""
    *lines, last = text.split("\n")
    return [*(f"{line}\n" for line in lines), *([last] if last else [])]
