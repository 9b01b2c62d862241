"""The sidecar: one JSON file with the star of each module by its path.

For those who do not want the tool in their manifests. It lies where the manifests lie, and a run
treats it as one of them: it is backed up, written in the same transaction, verified and put back.
"""

import json
from collections.abc import Collection, Mapping
from hashlib import sha256

from starlang.diagnostics.model import Diagnostic, at
from starlang.manifests.graph import Sidecar
from starlang.text import Source, Span, did_you_mean, kind_of, shown_value
from starlang.texts.json import Refusal, keys, read

_FORM = 'write an object by path, such as `{"core/api": "Trail"}`, or `{}` for no stars'


def read_sidecar(
    name: str, data: bytes, paths: Collection[str]
) -> tuple[Sidecar, list[Diagnostic]]:
    """The stars in the file `name`, and what is wrong with it; `paths` are those of all modules.

    What cannot be read counts as no star, and is an error: it blocks a run.
    """
    digest = sha256(data).hexdigest()
    value = read(data)
    if isinstance(value, Refusal):
        return Sidecar(name, digest, {}), [value.diagnostic(name, data)]
    if not isinstance(value, dict):
        message = f"the sidecar is {kind_of(value)}, not an object"
        problem = Diagnostic(code="E745", message=message, file=name, hint=_FORM)
        return Sidecar(name, digest, {}), [problem]
    stars = {path: label for path, label in value.items() if isinstance(label, str)}
    odd = [path for path in value if path not in stars or path not in paths]
    return Sidecar(name, digest, stars), _odd(name, data, value, odd, paths) if odd else []


def _odd(
    name: str,
    data: bytes,
    value: Mapping[str, object],
    odd: Collection[str],
    paths: Collection[str],
) -> list[Diagnostic]:
    """A finding for each entry that is not a text, or not of a module."""
    source = Source(name, data.decode())
    spans = {json.loads(token[0]): Span(*token.span()) for at, token in keys(source.text) if not at}
    found = []
    for path in odd:
        if not isinstance(value[path], str):
            message = f"the star of {shown_value(path)} is {kind_of(value[path])}, not a text"
            found.append(at(source, spans[path], "E745", message, hint="write the label of a star"))
            continue
        message = f"the sidecar has a star for {shown_value(path)}, which is not a module"
        hint = did_you_mean(path, paths) or "correct the path, or delete the entry"
        found.append(at(source, spans[path], "W564", message, hint=hint))
    return found
