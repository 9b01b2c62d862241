"""References to contracts: `name@v2`, or the path of a contract's file."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.wording import shown
from starlang.text import did_you_mean

_NAME = re.compile(r"[a-z0-9_]+(?:[.-][a-z0-9_]+)*@v[1-9][0-9]*")
_ENDING = ".json"


def contract_findings(
    references: Iterable[tuple[str, str]], directory: Path, root: Path
) -> Iterator[Diagnostic]:
    """A finding for each reference (manifest, reference) that is malformed or leads nowhere.

    A path is relative to `root`, and a name to `directory`, where `name@v2` is `name@v2.json`.
    """
    files = sorted(each for each in directory.rglob(f"*{_ENDING}") if each.is_file())
    names = [each.name.removesuffix(_ENDING) for each in files]
    paths = [each.relative_to(root).as_posix() for each in files]
    for file, reference in references:
        if "/" in reference or reference.endswith(_ENDING):
            if reference not in paths:
                yield _missing(file, reference, paths)
        elif not _NAME.fullmatch(reference):
            yield _malformed(file, reference, names)
        elif reference not in names:
            yield _missing(file, reference, names)


def _malformed(file: str, reference: str, names: list[str]) -> Diagnostic:
    return Diagnostic(
        code="E983",
        message=f"{shown(reference)} is no reference to a contract",
        file=file,
        hint=did_you_mean(reference, names) or "write `name@v1`, or the path of a contract's file",
    )


def _missing(file: str, reference: str, known: list[str]) -> Diagnostic:
    return Diagnostic(
        code="E984",
        message=f"there is no contract {shown(reference)}",
        file=file,
        hint=did_you_mean(reference, known) or "correct the reference, or add the contract",
    )
