"""Whose approvals count: read where a change that is to be approved cannot reach it.

That is a file outside of the repository, named by STARLANG_TRUST, or else the config in the
base revision: the default branch of `origin`, and without that remote the commit of HEAD. What
lies in the work tree decides nothing here, so no pull request can switch signatures off. Where
there is an `origin` and nobody knows its default branch, as in some checkouts of CI servers,
nothing is assumed.
"""

import os
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, SetupError, UnreadyError
from starlang.manifests.toml_text import TomlFile
from starlang.pipeline.ground import Run
from starlang.pipeline.repository import Repository
from starlang.text import Source
from starlang.workspace.config import Config, parse_config
from starlang.workspace.files import read_regular

VARIABLE = "STARLANG_TRUST"

_ORIGIN = "refs/remotes/origin/"
_BRANCHES = ("HEAD", "main", "master")
_LIMIT = 1 << 20


@frozen
class Trust:
    """`signers` is the text of an allowed-signers file, "" where no signature is asked for.

    `namespace` is what a signature has to be made for; `source` says where this was read.
    """

    signers: str = ""
    namespace: str = ""
    source: str = ""


def trust_of(run: Run) -> Trust:
    """Whose signatures count for this work tree."""
    outside = os.environ.get(VARIABLE)
    return _outside(Path(outside), run.repository.top) if outside else _base(run)


def _outside(path: Path, top: Path) -> Trust:
    if path.resolve().is_relative_to(top):
        raise UnreadyError(_inside(path))
    text = _read(path)
    file = TomlFile(Source(path.name, text))
    table = file.root()
    signers = domain = None
    if table is not None:
        signers, domain = table.text("signers"), table.text("domain")
    file.close()
    if file.problems:
        raise SetupError(tuple(file.problems))
    if not signers or not domain:
        raise UnreadyError(_incomplete(path))
    return Trust(_read(path.parent / signers), _namespace(domain), f"${VARIABLE}")


def _read(path: Path) -> str:
    try:
        return read_regular(path, _LIMIT, follow=True).decode()
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UnreadyError(_unreadable(path, words or "it is no regular file")) from None


def _base(run: Run) -> Trust:
    repository = run.repository
    base = _base_revision(repository)
    commit = repository.commit(base) or ""
    name = run.project.config.file
    prefix = repository.prefix(run.root)
    inside = f"{prefix}/" if prefix else ""
    data = repository.show(commit, f"{inside}{name}") if name and commit else None
    if data is None:
        return Trust()
    config = parse_config(run.root, Source(name, data.decode(errors="replace")))
    if not isinstance(config, Config):
        raise SetupError(config)
    approval = config.run.approval
    if not approval.signers:
        return Trust()
    source = f"`{name}` of {base.removeprefix('refs/remotes/')}"
    signers = repository.show(commit, f"{inside}{approval.signers}")
    if signers is None:
        raise GateClosedError(_no_signers(approval.signers, source))
    return Trust(signers.decode(errors="replace"), _namespace(approval.domain), source)


def _base_revision(repository: Repository) -> str:
    """The default branch of `origin`, HEAD without that remote; UnreadyError if it is unknown."""
    if "origin" not in repository.remotes():
        return "HEAD"
    for branch in _BRANCHES:
        if repository.commit(f"{_ORIGIN}{branch}"):
            return f"{_ORIGIN}{branch}"
    raise UnreadyError(_no_base())


def _namespace(domain: str) -> str:
    return f"starlang-plan@{domain}"


def _inside(path: Path) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{VARIABLE} names {path}, which lies in the repository that it is to guard",
        hint="keep the file outside of the repository",
    )


def _no_base() -> Diagnostic:
    return Diagnostic(
        code="E968",
        message="the default branch of `origin` is not known here, so nobody can tell whether "
        "approvals have to be signed",
        hint=f"fetch it, then run `git remote set-head origin -a`; or set {VARIABLE}",
    )


def _incomplete(path: Path) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{path} says whose approvals count, and lacks `signers` or `domain`",
        hint='write `signers = "allowed_signers"` and `domain = "example.org"`',
    )


def _unreadable(path: Path, words: str) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{path} says whose approvals count, and cannot be read: {words}",
        hint=f"correct {VARIABLE}, or the file",
    )


def _no_signers(signers: str, source: str) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{source} asks for signatures, and has no file `{signers}`",
        hint="commit the file of allowed signers on that branch",
    )
