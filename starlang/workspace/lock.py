"""The lock beside a compiled rule set: what everything was when it was compiled.

`rules.json` has `rules.lock.json`. It holds digests of rules, canon, exceptions, profile and
schema, of the files that repeat the canon, and the stars that each manifest carried, so that
`compile --check` can say what has drifted since, and which of them it was.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.explain.encoding import Json
from starlang.manifests.reader import read
from starlang.manifests.refusals import Refusal
from starlang.rulesets.codec import dumps
from starlang.rulesets.digests import section_digest, semantic_digest, text_digest
from starlang.rulesets.model import RuleSet
from starlang.rulesets.sections import semantics
from starlang.rulesets.shapes import MalformedError, a_text, an_object, record, texts_of
from starlang.version import VERSION
from starlang.workspace.files import read_regular
from starlang.workspace.inputs import MAX_BYTES, profile_path
from starlang.workspace.project import Project
from starlang.workspace.tree import display, load_graph

FORMAT = "starlang-lock/1"
_LIMIT = 64 << 20


@frozen
class Lock:
    """Digests by what they are of, those of files by name, and the stars of each module."""

    digests: Mapping[str, str]
    files: Mapping[str, str]
    stars: Mapping[str, tuple[str, ...]]


def lock_path(artifact: Path) -> Path:
    """Where the lock of a compiled rule set lies."""
    return artifact.with_name(f"{artifact.stem}.lock.json")


def lock_of(project: Project, rules: RuleSet) -> Lock:
    """The lock of the project as it is now, with `rules` compiled."""
    config, decides = project.config, semantics(rules)
    paths = [profile_path(config.profile, project.root), *config.copies]
    paths += [config.schema] if config.schema else []
    return Lock(
        digests={
            "artifact": digest_of(dumps(rules).encode()),
            "rules": semantic_digest(rules),
            "texts": text_digest(rules),
            "canon": section_digest({"stars": decides["stars"], "order": decides["order"]}),
            "exceptions": section_digest(
                {"assigns": decides["assigns"], "nevers": decides["nevers"]}
            ),
            "tool": f"starlang {VERSION}",
        },
        files={display(path, project.root): _file_digest(path) for path in paths},
        stars=carried(project),
    )


def carried(project: Project) -> dict[str, tuple[str, ...]]:
    """Module -> the labels that its manifest carries; empty where there are no manifests."""
    config = project.config
    if not config.manifests.is_dir():
        return {}
    graph = load_graph(
        config.manifests,
        project_root=project.root,
        profile=project.profile,
        guards=config.guards,
    )
    return dict(zip(graph.paths, graph.stars, strict=True))


def encode_lock(lock: Lock) -> str:
    """The lock as JSON, a module a line."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "digests": dict(lock.digests),
        "files": dict(lock.files),
        "stars": {path: list(labels) for path, labels in lock.stars.items()},
    }
    return f"{json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)}\n"


def read_lock(path: Path, name: str) -> Lock | Diagnostic | None:
    """The lock at `path`, None if there is none, or why it cannot be used."""
    try:
        data = read_regular(path, _LIMIT, follow=True)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _unusable(name, error.strerror or "it is no regular file")
    value = read(data, _LIMIT)
    if isinstance(value, Refusal):
        return _unusable(name, value.message)
    try:
        found = record(value, {"format", "digests", "files", "stars"})
        if found["format"] != FORMAT:
            return _unusable(name, f"it is not of format `{FORMAT}`")
        return Lock(
            {key: a_text(each) for key, each in an_object(found["digests"]).items()},
            {key: a_text(each) for key, each in an_object(found["files"]).items()},
            {key: texts_of(each) for key, each in an_object(found["stars"]).items()},
        )
    except MalformedError as error:
        return _unusable(name, str(error))


def _unusable(name: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E869",
        message=f"the lock `{name}` cannot be used: {words}",
        file=name,
        hint="restore it from git, or write it anew: `starlang compile --lock`",
    )


def _file_digest(path: Path) -> str:
    try:
        return digest_of(read_regular(path, MAX_BYTES, follow=True))
    except OSError:
        return ""


def digest_of(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return f"sha256:{sha256(data).hexdigest()}"
