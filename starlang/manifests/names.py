"""File names that git or Windows cannot carry."""

import re
from unicodedata import normalize

# Code points that the file system of macOS ignores in names, and git with it.
_IGNORED = dict.fromkeys(
    [*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF]
)
_GIT_SHORT = re.compile(r"git~[0-9]+")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])")
_FORBIDDEN = frozenset('<>:"|?*\\')
_PLAIN = re.compile(r"[a-z0-9_-]+")


def is_plain(name: str) -> bool:
    """Whether a name is lower-case ASCII that can be carried everywhere, as nearly all are."""
    return _PLAIN.fullmatch(name) is not None and _DEVICE.fullmatch(name) is None


def carrying_problem(name: str) -> str | None:
    """Why git or Windows cannot carry a file `name`, in words that follow it; or None."""
    plain = normalize("NFKC", name.translate(_IGNORED)).casefold()
    stem = plain.partition(":")[0].rstrip(". ")
    if stem == ".git" or _GIT_SHORT.fullmatch(stem):
        return "is a name that git keeps for itself"
    if name not in {".", ".."} and name.endswith((".", " ")):
        return "ends in a dot or a space, which Windows drops"
    if _DEVICE.fullmatch(name.partition(".")[0].rstrip(" ").casefold()):
        return "is the name of a device on Windows"
    if found := _FORBIDDEN.intersection(name):
        return f"has the character `{min(found)}`, which Windows does not allow"
    return None
