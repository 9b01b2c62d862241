"""The report that an approval is decided from: what it says, and how it is read again."""

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import islice

from attrs import field, frozen

from starlang.diagnostics.formats import as_json
from starlang.diagnostics.model import Diagnostic
from starlang.explain.encoding import explanation_json
from starlang.explain.model import Explanation
from starlang.explain.words import exact
from starlang.plan.encoding import ceiling_json
from starlang.plan.model import Edit
from starlang.rules.shapes import MalformedError, Members, a_list, a_text, an_object, texts_of
from starlang.run.audit_files import read_document
from starlang.run.backups import Backup
from starlang.run.canary_figures import Figures, figures_json, weight_json
from starlang.run.checks import Check, Share, Verdict, check_json, share_json
from starlang.run.ground import Run, read_time
from starlang.run.planned import Planned, Rewriting
from starlang.text import Json, counted, patch
from starlang.texts.lookalikes import readable

# Which manifests are the canary: some of everything, the same every time.
#
# The manifests are divided by the directory at the top. Each division gets its share, at least
# one; what is left over by rounding goes to those with the largest remainder. Of those that
# change in a division, the same share is taken first: the canary shows what changes, and, with
# the others, that nothing else does. Each critical prefix is topped up to the same share.
#
# Inside a division the order is that of SHA-256 over seed and path: nobody chooses, and nothing
# changes it but the paths themselves.

_TOP = "."
"""The division of a manifest that lies in no directory."""


@frozen
class Stratum:
    """A division, or a critical prefix, as numbers of manifests.

    `size`: all; `changing`: those that the plan changes; `chosen`: those in the canary;
    `written`: those in the canary that change.
    """

    name: str
    size: int
    changing: int
    chosen: int
    written: int


@frozen
class Sample:
    """The canary. `paths` are sorted, and `written` are those of them that the plan changes.

    `critical` has each prefix, also those without manifests.
    """

    paths: tuple[str, ...]
    written: frozenset[str]
    divisions: tuple[Stratum, ...]
    critical: tuple[Stratum, ...]

    @property
    def absent(self) -> tuple[str, ...]:
        """The critical prefixes that no manifest lies under."""
        return tuple(each.name for each in self.critical if not each.size)


def sample(
    paths: Iterable[str],
    changing: Collection[str],
    percent: int,
    critical: Sequence[str],
    seed: str = "",
) -> Sample:
    """`percent` of `paths`, and of those that are `changing`, each rounded up.

    More where divisions and prefixes ask for it. Paths are relative to the manifests root.
    """
    ranked = sorted(paths, key=lambda path: (_rank(seed, path), path))
    changes = frozenset(changing)
    chosen: set[str] = set()
    _choose(chosen, [path for path in ranked if path in changes], percent)
    _choose(chosen, ranked, percent)
    under = {prefix: [path for path in ranked if _is_under(path, prefix)] for prefix in critical}
    for each in under.values():
        _fill(chosen, each, -(-len(each) * percent // 100))
    divisions = _divided(ranked)
    return Sample(
        tuple(sorted(chosen)),
        changes & chosen,
        tuple(_stratum(name, divisions[name], changes, chosen) for name in sorted(divisions)),
        tuple(_stratum(prefix, each, changes, chosen) for prefix, each in under.items()),
    )


def _divided(ranked: Iterable[str]) -> dict[str, list[str]]:
    divisions: dict[str, list[str]] = {}
    for path in ranked:
        top = path.partition("/")[0] if "/" in path else _TOP
        divisions.setdefault(top, []).append(path)
    return divisions


def _choose(chosen: set[str], ranked: Sequence[str], percent: int) -> None:
    """Brings each division of `ranked` up to its share."""
    divisions = _divided(ranked)
    shares = _shares({name: len(each) for name, each in divisions.items()}, percent)
    for name, each in divisions.items():
        _fill(chosen, each, shares[name])


def _fill(chosen: set[str], ranked: Sequence[str], share: int) -> None:
    """Adds the first of `ranked` that are missing until `share` of them are chosen."""
    missing = max(0, share - len(chosen.intersection(ranked)))
    chosen.update(list(islice((path for path in ranked if path not in chosen), missing)))


def _shares(sizes: Mapping[str, int], percent: int) -> dict[str, int]:
    """How many of each division: one, or its share; what rounding leaves, by remainder."""
    total = -(-sum(sizes.values()) * percent // 100)
    shares = {name: max(1, size * percent // 100) for name, size in sizes.items()}
    by_remainder = sorted(
        sizes, key=lambda name: (100 * shares[name] - sizes[name] * percent, name)
    )
    left = total - sum(shares.values())
    for name in by_remainder:
        if left <= 0:
            break
        if shares[name] < sizes[name]:
            shares[name] += 1
            left -= 1
    return shares


def _stratum(name: str, paths: Sequence[str], changes: frozenset[str], chosen: set[str]) -> Stratum:
    changing = changes.intersection(paths)
    taken = chosen.intersection(paths)
    return Stratum(name, len(paths), len(changing), len(taken), len(changing & taken))


def _is_under(path: str, prefix: str) -> bool:
    return path.startswith(f"{prefix}/")


def _rank(seed: str, path: str) -> str:
    return sha256(f"{seed}\0{path}".encode(errors="surrogateescape")).hexdigest()


LIST = "canary_list.txt"
FILE = "canary_report.json"
PAGE = "canary_report.html"
FORMAT = "starlang-canary/1"

PENDING = "PENDING_APPROVAL"
FAILED = "FAILED"

_FIRST = 20
"""How many promotions of the canary the report lists apart."""

_NAMED = 5
"""How many inputs, manifests or modules are named before the others are counted."""


@frozen
class Making:
    """When, by whom and where a report was made: what does not follow from what it is about.

    `author` is the git identity of whoever made it, `commit` what HEAD was, and `backup` the
    name of the backup. `since` says what has changed since the report before, "" if there was
    none, and `news` are the modules that get another star than there. `code`: module -> what its
    source was, of those that are listed; empty where the config does not say where source is.

    Nothing of it can be made again: the report before is gone, and source is not pinned. So a
    report that was made again may differ in these, and in nothing else; to be the report that was
    approved, not in the last three either.
    """

    made_at: str = ""
    made_by: str = ""
    author: str = ""
    commit: str = ""
    branch: str = ""
    backup: str = ""
    since: str = ""
    news: tuple[str, ...] = ()
    code: Mapping[str, str] = field(factory=dict)


UNKNOWN = Making()

NO_DIRECTORY = "no such directory"
NO_FILE = "no Python file"
EMPTY_INIT = "an empty `__init__.py` alone"
INIT_ALONE = "an `__init__.py` alone"
PYTHON = "Python files"
SOURCES = frozenset({NO_DIRECTORY, NO_FILE, EMPTY_INIT, INIT_ALONE, PYTHON})
"""What the source of a module may be, in words."""


@frozen
class CanaryReport:
    """What the report says of itself: the plan that it is about, and whether all checks held.

    `inputs`: file -> digest of what was pinned; `manifests`: file -> digest of what was backed
    up. `changes`: module -> label that it gets.
    """

    status: str
    plan: str
    edits: str
    inputs: Mapping[str, str]
    manifests: Mapping[str, str]
    changes: Mapping[str, str]
    making: Making = UNKNOWN

    @property
    def digits(self) -> str:
        """As much of the plan's digest as is typed to approve it."""
        return self.plan.removeprefix("sha256:")[:16]


@frozen(eq=False)
class Reported:
    """Everything that goes into a report.

    `oddities` are findings about characters that nobody sees, and names that look alike.
    `config` is what a command about this run has to name, "" where it is found without.
    """

    head: CanaryReport
    backup: Backup
    planned: Planned
    sample: Sample
    checks: tuple[Check, ...]
    shares: tuple[Share, ...]
    oddities: tuple[Diagnostic, ...] = ()
    config: str = ""

    @property
    def approve(self) -> str:
        """What is typed to approve it."""
        named = f" --config {shlex.quote(self.config)}" if self.config else ""
        return f"starlang approve{named} {self.head.digits}"

    @property
    def listed(self) -> tuple[str, ...]:
        """The manifests of the canary, relative to the project, sorted."""
        return self.in_project(self.sample.paths)

    def in_project(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Paths below the manifests root, relative to the project."""
        root = self.backup.metadata.manifests
        return tuple(f"{root}/{path}" if root else path for path in paths)

    @property
    def explained(self) -> tuple[Explanation, ...]:
        """The decisions about the modules of the canary, by path."""
        chosen = frozenset(self.listed)
        return tuple(each for each in self.planned.plan if each.file in chosen)


def report_json(reported: Reported) -> dict[str, Json]:
    """The report as plain data."""
    head, plan = reported.head, reported.planned.plan
    written, canary = reported.sample.written, _canary_distribution(reported)
    figures = figures_of(reported)
    return {
        "format": FORMAT,
        **{name: getattr(head, name) for name in _TEXTS},
        **{name: getattr(head.making, name) for name in _MAKING},
        "news": list(head.making.news),
        "code": head.making.code,
        "oddities": [as_json(each) for each in reported.oddities],
        "inputs": head.inputs,
        "manifests": head.manifests,
        "modules_planned": len(plan),
        "sample": {
            "manifests": len(reported.backup.planned),
            "changing": len(reported.planned.rewritings),
            **({"creating": new} if (new := len(reported.planned.created)) else {}),
            "chosen": list(reported.listed),
            "divisions": [_group(each) for each in reported.sample.divisions],
            "critical": [_group(each) for each in reported.sample.critical],
        },
        "distribution": {"before": dict(plan.before), "after": dict(plan.after)},
        "shares": [share_json(each) for each in reported.shares],
        "canary": canary,
        "canary_count": len(reported.listed),
        "star_distribution_after": canary["after"],
        "promotions": [_promotion(each) for each in _promoted(reported)[:_FIRST]],
        "ceilings": [ceiling_json(each) for each in plan.ceilings],
        "checks": [check_json(each) for each in reported.checks],
        "warnings": [as_json(each) for each in plan.warnings],
        "known": [as_json(each) for each in plan.known],
        **figures_json(figures),
        "modules": [
            {
                **_module(plan[each.module], each, is_canary=each.path in written),
                **weight_json(figures, plan[each.module]),
            }
            for each in reported.planned.changes
        ],
    }


def figures_of(reported: Reported) -> Figures:
    """What is counted from the plan of the report."""
    critical = tuple(each.name for each in reported.sample.critical)
    return Figures(reported.planned, critical, reported.head.making.code)


def labels_of(explanation: Explanation) -> str:
    """The stars that a module gets, in words."""
    return ", ".join((explanation.label, *explanation.secondary))


def status_of(checks: Sequence[Check]) -> str:
    """`PENDING_APPROVAL` if every check held."""
    return FAILED if any(each.verdict is Verdict.FAILS for each in checks) else PENDING


def list_text(reported: Reported) -> str:
    """The canary, a manifest a line; a name that is more than a line is escaped."""
    return "".join(f"{readable(path)}\n" for path in reported.listed)


def diff_of(each: Rewriting, name: str) -> str:
    """What changes in the text of a manifest, as a unified diff."""
    shown = name if f"/{name}".endswith(f"/{each.path}") else each.path  # of a sidecar
    return "".join(patch(shown, each.before.decode(), each.after.decode()))


def _canary_distribution(reported: Reported) -> dict[str, Json]:
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for each in reported.explained:
        before[each.current] = before.get(each.current, 0) + 1
        star = each.star or each.current
        after[star] = after.get(star, 0) + 1
    return {"before": dict(sorted(before.items())), "after": dict(sorted(after.items()))}


def _group(group: Stratum) -> dict[str, Json]:
    return {
        "name": group.name,
        "manifests": group.size,
        "changing": group.changing,
        "chosen": group.chosen,
        "chosen_changing": group.written,
    }


def _promoted(reported: Reported) -> list[Explanation]:
    return [each for each in reported.explained if each.star and each.star != each.current]


def _promotion(each: Explanation) -> dict[str, Json]:
    score = next((score for score in each.scores if score.star == each.star), None)
    return {
        "path": each.path,
        "from": each.current,
        "to": each.star,
        "confidence": exact(score.confidence) if score else None,
    }


def _module(explanation: Explanation, each: Rewriting, *, is_canary: bool) -> dict[str, Json]:
    name = explanation.file
    return {
        **explanation_json(explanation),
        "canary": is_canary,
        "edits": [_edit(edit) for edit in each.edits],
        "diff": diff_of(each, name),
    }


def _edit(edit: Edit) -> dict[str, Json]:
    return {"pointer": edit.pointer, "old": edit.old, "new": edit.new}


_TEXTS = ("status", "plan", "edits")
_MAKING = ("made_at", "made_by", "author", "commit", "branch", "backup", "since")


def read_report(run: Run) -> CanaryReport | None:
    """The report that was written, None if there is none."""
    return read_document(run.audit(FILE), FORMAT, _restored)


def _restored(value: Members) -> CanaryReport:
    texts = {name: a_text(value.get(name)) for name in _TEXTS}
    making = making_of(value)
    changes: dict[str, str] = {}
    for module in map(an_object, a_list(value.get("modules"))):
        labels = (a_text(module.get("label")), *texts_of(module.get("secondary")))
        changes[a_text(module.get("path"))] = ", ".join(labels)
    return CanaryReport(
        **texts,
        inputs=_digests(value.get("inputs")),
        manifests=_digests(value.get("manifests")),
        changes=changes,
        making=making,
    )


def making_of(value: Members) -> Making:
    """The making that these members say; MalformedError."""
    texts = {name: a_text(value.get(name)) for name in _MAKING}
    if odd := [name for name, text in texts.items() if readable(text) != text]:
        raise MalformedError(f"`{odd[0]}` has a character that deceives")
    if read_time(texts["made_at"]) is None:
        raise MalformedError("`made_at` is not a time")
    code = {path: a_text(words) for path, words in an_object(value.get("code", {})).items()}
    if not SOURCES.issuperset(code.values()):
        raise MalformedError("`code` has other words than starlang writes")
    return Making(**texts, news=texts_of(value.get("news")), code=code)


def _digests(value: object) -> dict[str, str]:
    return {name: a_text(digest) for name, digest in an_object(value).items()}


def what_changed(before: CanaryReport, now: CanaryReport) -> str:
    """What `now` was made from, or decides, in another way than `before`; "" if nothing."""
    parts = (
        *_named("changed", "input", _differing(before.inputs, now.inputs)),
        *_named("changed", "manifest", _differing(before.manifests, now.manifests)),
        *_named("decided differently", "module", _decided(before.changes, now.changes)),
    )
    return "; ".join(parts)


def decided_anew(before: CanaryReport, now: CanaryReport) -> tuple[str, ...]:
    """The modules that get a star by `now`, and another one or none by `before`, sorted."""
    changes = now.changes.items()
    return tuple(sorted(path for path, label in changes if before.changes.get(path) != label))


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        each for each in sorted(before.keys() | now.keys()) if before.get(each) != now.get(each)
    ]


def _decided(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [
        f"{path} ({before.get(path, 'unchanged')} -> {now.get(path, 'unchanged')})"
        for path in _differing(before, now)
    ]


def _named(how: str, what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        more = len(names) - _NAMED
        rest = f" and {more:,} more" if more > 0 else ""
        yield f"{counted(len(names), what)} {how}: {', '.join(names[:_NAMED])}{rest}"
