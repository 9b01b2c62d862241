"""Whose approvals count: read where a change that is to be approved cannot reach it.

That is a file outside of the repository, named by STARLANG_TRUST, or else the configs of the base
revision. What lies in the work tree decides nothing here, and neither does the name of the config
that a step was called with: a config of the base that could govern these manifests (it lies in a
directory above them, or in `configs/` there) binds every run over them, whatever it is called.

The base is what `git config starlang.base` names, or else the default branch of the remote; with
no remote, what all local branches agree on. Nothing is guessed. Where the base is not known, or
two candidates disagree, every approval is refused until somebody names the one that counts.
"""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, SetupError, UnreadyError
from starlang.project.config import FILE as CONFIG
from starlang.project.config import Config, parse_config
from starlang.project.files import read_regular
from starlang.run.ground import Run
from starlang.run.repository import Repository
from starlang.text import Source
from starlang.texts.toml import TomlFile

VARIABLE = "STARLANG_TRUST"
SETTING = "starlang.base"

_LIMIT = 1 << 20


@frozen
class Trust:
    """What is asked of an approval.

    `signers` is the text of an allowed-signers file, "" where no signature is asked for. Without
    signatures, `refuses_own` tells whether the maker of a plan may not approve it. `author` is who
    made the plan, where that is said from outside. `source` says where all this was read.
    """

    signers: str = ""
    domain: str = ""
    refuses_own: bool = False
    author: str = field(default="", eq=False)
    source: str = field(default="", eq=False)

    @property
    def plans(self) -> str:
        """The namespace of signatures of approvals."""
        return f"starlang-plan@{self.domain}"

    @property
    def reports(self) -> str:
        """The namespace of signatures of canary reports, by those who made them."""
        return f"starlang-report@{self.domain}"

    @property
    def merges(self) -> str:
        """The namespace of signatures of reviews of the final tree."""
        return f"starlang-merge@{self.domain}"


@frozen
class _Demand:
    """What a config of the base asks for, and the directory of manifests that it names."""

    trust: Trust
    manifests: Path


@frozen
class _Candidate:
    """What a revision says: whether the run's own config is in it, and what its configs ask."""

    revision: str
    has_config: bool
    demands: tuple[_Demand, ...]


def trust_of(run: Run) -> Trust:
    """What is asked of an approval over this work tree; RefusedError where nobody can tell."""
    outside = os.environ.get(VARIABLE)
    return _outside(Path(outside), run.repository.top) if outside else _base(run)


def asks_for_review(run: Run) -> bool:
    """Whether the final tree has to be reviewed: by the config as it is, or as the base has it.

    RefusedError where nobody can tell what the base is.
    """
    if run.project.config.run.approval.merge:
        return True
    own = run.manifests.resolve()
    for revision in _revisions(run.repository):
        commit = run.repository.commit(revision) or ""
        found = [config for _, config, _ in _asking(run, revision, commit)]
        # A change may move the manifests as well.
        found = [each for each in found if each.manifests.resolve() == own] or found
        if any(each.run.approval.merge for each in found):
            return True
    return False


def _outside(path: Path, top: Path) -> Trust:
    if path.resolve().is_relative_to(top):
        raise UnreadyError(_inside(path))
    text = _read(path)
    file = TomlFile(Source(path.name, text))
    table = file.root()
    signers = domain = author = None
    if table is not None:
        signers, domain, author = (table.text(key) for key in ("signers", "domain", "author"))
    file.close()
    if file.problems:
        raise SetupError(tuple(file.problems))
    if not signers or not domain:
        raise UnreadyError(_incomplete(path))
    listed = _read(path.parent / signers)
    return Trust(listed, domain, author=author or "", source=f"${VARIABLE}")


def _read(path: Path) -> str:
    try:
        return read_regular(path, _LIMIT, follow=True).decode()
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UnreadyError(_unreadable(path, words or "it is not a regular file")) from None


def _base(run: Run) -> Trust:
    """What the base revision asks for."""
    candidates = [_candidate(run, each) for each in _revisions(run.repository)]
    # A branch from before the project had any config has no opinion.
    speaking = [each for each in candidates if each.has_config or each.demands]
    if not speaking:
        config = run.project.config.file
        if config:
            named = [each.revision for each in candidates]
            raise UnreadyError(_no_config(config, named, run.repository.branch()))
        return Trust()
    asked = [(each, _asked(run, each)) for each in speaking]
    first, trust = asked[0]
    for other, different in asked[1:]:
        if different != trust:
            raise UnreadyError(_divided(first.revision, other.revision))
    return trust


def _asked(run: Run, candidate: _Candidate) -> Trust:
    """What the configs of a revision ask for: one thing, or else those of the same manifests do."""
    own = run.manifests.resolve()
    found = {each.trust: None for each in candidate.demands}
    if len(found) > 1:
        found = {each.trust: None for each in candidate.demands if each.manifests.resolve() == own}
    if len(found) > 1 or (candidate.demands and not found):
        sources = sorted({each.trust.source for each in candidate.demands})
        raise UnreadyError(_ambiguous(sources))
    return next(iter(found), Trust())


def _revisions(repository: Repository) -> list[str]:
    """The revisions that could be the base, by their full names."""
    named = repository.setting(SETTING)
    if named:
        found = [f"{place}{named}" for place in ("", "refs/remotes/", "refs/heads/")]
        exact = [each for each in found if repository.is_reference(each)]
        if len(exact) != 1:
            raise UnreadyError(_bad_setting(named, exact))
        return exact
    remotes = repository.remotes()
    heads = [f"refs/remotes/{each}/HEAD" for each in remotes]
    for remote, head in zip(remotes, heads, strict=True):
        if repository.commit(head) is None:
            raise UnreadyError(_no_base(remote))
    return heads or list(repository.branches()) or ["HEAD"]


def _candidate(run: Run, revision: str) -> _Candidate:
    repository = run.repository
    commit = repository.commit(revision) or ""
    prefix = repository.prefix(run.root)
    own = run.project.config.file
    path = "/".join(filter(None, (prefix, own)))
    has_config = bool(own) and repository.show(commit, path) is not None
    return _Candidate(revision, has_config, tuple(_demands(run, revision, commit)))


def _demands(run: Run, revision: str, commit: str) -> Iterator[_Demand]:
    """What each config of a commit asks for that could govern the manifests of the run."""
    for above, config, source in _asking(run, revision, commit):
        yield from _demand(run, commit, above, config, source)


def _asking(run: Run, revision: str, commit: str) -> Iterator[tuple[PurePosixPath, Config, str]]:
    """Each config of a commit with `[approval]` for what could be these manifests.

    Before it the directory that its paths are relative to, and behind it what it is called.
    """
    repository = run.repository
    for path in repository.mentioning("approval", commit, _places(run)):
        data = repository.show(commit, path) or b""
        text = data.decode(errors="replace")
        source = f"`{path}` of {_short(revision)}"
        if _has_approval(text, path, source):
            place = PurePosixPath(path)
            in_its_own = place.parent.name == CONFIG.parent.name
            above = place.parent.parent if in_its_own else place.parent
            config = parse_config(repository.top / above, Source(path, text))
            if not isinstance(config, Config):
                raise SetupError(config)
            yield above, config, source


def _places(run: Run) -> list[str]:
    """The directories of the repository that a config for these manifests can lie in."""
    found: dict[str, None] = {}
    for inside in (run.repository.prefix(run.manifests), run.repository.prefix(run.root)):
        place = PurePosixPath(inside)
        for above in (place, *place.parents):
            found |= {str(above).removeprefix("."): None, str(above / CONFIG.parent): None}
    return list(found)


def _has_approval(text: str, path: str, source: str) -> bool:
    try:
        return isinstance(tomllib.loads(text).get("approval"), dict)
    except tomllib.TOMLDecodeError as error:
        if path.endswith(CONFIG.suffix):
            raise UnreadyError(_unreadable(source, f"it is not TOML: {error}")) from None
        return False


def _demand(
    run: Run, commit: str, above: PurePosixPath, config: Config, source: str
) -> Iterator[_Demand]:
    approval = config.run.approval
    if not approval.signers:
        if approval.refuses_own:
            yield _Demand(Trust(refuses_own=True, source=source), config.manifests)
        return
    signers = run.repository.show(commit, str(above / approval.signers))
    if signers is None:
        raise GateClosedError(_no_signers(approval.signers, source))
    listed = signers.decode(errors="replace")
    yield _Demand(Trust(listed, approval.domain, source=source), config.manifests)


def no_signers(what: str) -> Diagnostic:
    """Nobody has said whose signatures count, and somebody signs."""
    return Diagnostic(
        code="E966",
        message=f"{what} can be signed only where it is said whose signatures count",
        hint="commit `signers` and `domain` under `[approval]` first; see docs/run.md",
    )


def _short(revision: str) -> str:
    return revision.removeprefix("refs/remotes/").removeprefix("refs/heads/")


_NAME_IT = f"name the branch whose config counts: `git config {SETTING} origin/main`"
_OR_FILE = f"; or set {VARIABLE}, see docs/run.md"


def _inside(path: Path) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{VARIABLE} names {path}, which is in the repository that it is to guard",
        hint="keep the file outside of the repository",
    )


def _no_base(remote: str) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"the default branch of the remote `{remote}` is not known here, so nobody can "
        "tell whether approvals have to be signed",
        hint=f"fetch it, then run `git remote set-head {remote} -a`; or {_NAME_IT}{_OR_FILE}",
    )


def _no_config(config: str, revisions: list[str], branch: str) -> Diagnostic:
    where = ", ".join(f"`{_short(each)}`" for each in revisions)
    return Diagnostic(
        code="E968",
        message=f"`{config}` is not committed on {where}, so nobody can tell whether approvals "
        "have to be signed",
        hint=f"commit it there; or name a branch that has it, and whose config counts: `git config "
        f"{SETTING} {branch or 'BRANCH'}`{_OR_FILE}",
    )


def _divided(one: str, other: str) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"`{_short(one)}` and `{_short(other)}` disagree about who has to sign approvals",
        hint=f"{_NAME_IT}{_OR_FILE}",
    )


def _ambiguous(sources: list[str]) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{' and '.join(sources)} disagree about who has to sign approvals",
        hint=f"let one config name these manifests{_OR_FILE}",
    )


def _bad_setting(named: str, found: list[str]) -> Diagnostic:
    words = f"it is {' and '.join(found)}" if found else "there is no such branch here"
    return Diagnostic(
        code="E968",
        message=f"`git config {SETTING}` names `{named}` as the base revision, and {words}",
        hint=f"fetch it, or write its full name: `git config {SETTING} refs/remotes/origin/main`",
    )


def _incomplete(path: Path) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{path} says whose approvals count, and lacks `signers` or `domain`",
        hint='write `signers = "allowed_signers"` and `domain = "example.org"`',
    )


def _unreadable(what: Path | str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{what} says whose approvals count, and cannot be read: {words}",
        hint=f"correct the file, or {VARIABLE}",
    )


def _no_signers(signers: str, source: str) -> Diagnostic:
    return Diagnostic(
        code="E968",
        message=f"{source} asks for signatures, and has no file `{signers}`",
        hint="commit the file of allowed signers on that branch",
    )
