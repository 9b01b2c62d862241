"""Paths in a config: relative, with `/`, and inside the project wherever links lead."""

from pathlib import Path

from starlang.manifests.toml_text import Table
from starlang.manifests.wording import shown
from starlang.text import did_you_mean
from starlang.workspace.inputs import is_file


class Paths:
    """Reads the paths of one table."""

    def __init__(self, root: Path, table: Table) -> None:
        self._root = root
        self._table = table

    def path(self, key: str) -> Path | None:
        """The path at `key` as an absolute one, or None; one out of the project is reported."""
        written = self._table.text(key)
        if written is None:
            return None
        path = self._root / written
        if problem := self._outside(written, path):
            hint = "write a path relative to the project, such as `rules/main.star`"
            self._report(key, "E705", f"{shown(written)} {problem}", hint)
        return path

    def listed(self, key: str) -> tuple[Path, ...]:
        """The paths at `key`, an array or a single one, as absolute ones."""
        found = []
        for number, written in enumerate(self._table.texts(key) or ()):
            path = self._root / written
            if problem := self._outside(written, path):
                hint = "write a path relative to the project, such as `star_canon.json`"
                span = self._table.value_span(key, number)
                self._table.file.report(span, "E705", f"{shown(written)} {problem}", hint)
            found.append(path)
        return tuple(found)

    def named(self, key: str, known: tuple[str, ...]) -> str | None:
        """The name of something built in, or the path of a file, as it is written."""
        written = self._table.text(key)
        if written is None or written in known:
            return written
        if is_file(written):
            self.path(key)
        else:
            nearest = did_you_mean(written, known)
            message = f"there is no built-in {key} {shown(written)}"
            hint = nearest or f"built in: {', '.join(known)}; a file has a `/` in its path"
            self._report(key, "E714", message, hint)
        return written

    def _outside(self, written: str, path: Path) -> str | None:
        if not written or "\\" in written or "\0" in written:
            return "is no path with `/` between its parts"
        if Path(written).is_absolute() or written[1:2] == ":":
            return "is an absolute path"
        if ".." in written.split("/"):
            return "leads up with `..`"
        try:
            inside = path.resolve().is_relative_to(self._root)
        except (OSError, RuntimeError):  # links that lead round in circles
            inside = False
        return None if inside else "leads out of the project through a symbolic link"

    def _report(self, key: str, code: str, message: str, hint: str) -> None:
        self._table.file.report(self._table.value_span(key), code, message, hint)
