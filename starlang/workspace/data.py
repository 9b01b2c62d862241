"""Data that ships with the program: grammar, rules, configs, pages of error codes."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def data_path(*parts: str) -> Path:
    """A file or directory of the packaged data, by its path in the repository.

    An installed wheel has its own copy beside the package; an editable install has none
    and reads the repository's live files.
    """
    packaged = _PACKAGE / "_data"
    root = packaged if packaged.is_dir() else _PACKAGE.parent
    return root.joinpath(*parts)
