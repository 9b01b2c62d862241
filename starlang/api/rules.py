"""Compiling and checking rules, and what can be done with a compiled rule set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from posixpath import normpath
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from starlang.api.loading import Location, path_of, profile_of
from starlang.api.module import Module
from starlang.api.plan import Plan
from starlang.api.tables import Table, amounts_of, named, record_batches
from starlang.api.values import Shown, Thresholds, amount, refuse_type, shortened
from starlang.diagnostics.model import Diagnostic
from starlang.errors import RulesError, SetupError, TablesError, UnknownNameError
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.project.config import DEFAULT_PROFILE, Config, load_config
from starlang.project.files import DISK, NOWHERE, Files
from starlang.project.project import Compiled, Project, fields_of, read_rule_set
from starlang.rules import model
from starlang.text import counted, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

    from starlang.compiler import TestCase
    from starlang.manifests.waivers import Waiver


@frozen(repr=False)
class Star(Shown):
    """A star of the canon. `label` is what a manifest carries, `promote` its threshold."""

    id: str
    label: str
    aliases: tuple[str, ...]
    emoji: str
    domain: str
    is_default: bool
    promote: Decimal

    def _words(self) -> str:
        return f"{self.id} {self.label!r}"


@frozen(repr=False)
class Rule(Shown):
    """One rule. `weight` is below 0 where it is evidence against `star`.

    `condition` is its condition in canonical words, `kinds` are the facets that it rests on.
    `place` is `file:line:column`.
    """

    name: str
    star: str
    weight: Decimal
    kinds: tuple[str, ...]
    condition: str
    because: str
    place: str

    def _words(self) -> str:
        return f"{self.name} {self.weight:+} {self.star} when {self.condition}"


@frozen(repr=False)
class TestResult(Shown):
    """A `test` block and what came of it: `expected` and `found` in the same words.

    `module` is the module that the test gives, as it was decided. `place` is
    `file:line:column`.
    """

    __test__ = False  # pytest would collect the class by its name

    name: str
    place: str
    passed: bool
    expected: str
    found: str
    module: Module

    def _words(self) -> str:
        return f"{'passed' if self.passed else 'failed'} {self.name!r}: {self.found}"


_MOST_WORKERS = 1_000


@frozen(repr=False)
class Rules(Shown):
    """A compiled rule set: a collection of rules, sorted by name.

    `warnings` are those about its sources, but for what comments there allow. Rule sets are
    equal if they decide and say the same.
    """

    _ruleset: model.RuleSet
    warnings: tuple[Diagnostic, ...]
    _project: Project = field(eq=False)
    _cases: Sequence["TestCase"] = field(eq=False)

    @property
    def name(self) -> str:
        """What the rule set is called."""
        return self._ruleset.id

    @property
    def version(self) -> str:
        """Its version, as its owners give it."""
        return self._ruleset.version

    @property
    def digest(self) -> str:
        """`sha256:…` over everything that can change a decision."""
        from starlang.rules.sections import semantic_digest

        return semantic_digest(self._ruleset)

    @property
    def fields(self) -> tuple[str, ...]:
        """The JSON pointers that the rules read by `field`."""
        return fields_of(self._ruleset)

    @property
    def stars(self) -> tuple[Star, ...]:
        """The canon, sorted by id."""
        promote_at = self._ruleset.confidence.promote_at
        return tuple(
            Star(
                s.id, s.label, s.aliases, s.emoji, s.domain, s.is_default, amount(promote_at(s.id))
            )
            for s in self._ruleset.stars
        )

    @property
    def thresholds(self) -> Thresholds:
        """The thresholds of all stars that have no other one."""
        confidence = self._ruleset.confidence
        return Thresholds(
            amount(confidence.suggest),
            amount(confidence.promote),
            amount(confidence.margin),
            confidence.sources,
        )

    def __len__(self) -> int:
        return len(self._ruleset.rules)

    def __iter__(self) -> Iterator[Rule]:
        return map(_rule, self._ruleset.rules)

    def __getitem__(self, name: str) -> Rule:
        """The rule with this name; UnknownNameError, which is a KeyError, if there is none."""
        if not isinstance(name, str):
            refuse_type("the name of a rule", "a str", name)
        for rule in self._ruleset.rules:
            if rule.name == name:
                return _rule(rule)
        near = did_you_mean(name, [rule.name for rule in self._ruleset.rules])
        raise UnknownNameError(f"there is no rule `{shortened(name)}`", near)

    def __contains__(self, rule: object) -> bool:
        """Whether a rule, or the name of one, is in the rule set."""
        return any(rule == (each if isinstance(rule, Rule) else each.name) for each in self)

    def to_json(self) -> str:
        """The text of a compiled file, which `compile` reads again."""
        from starlang.rules.compiled_file import dumps

        return dumps(self._ruleset)

    def plan(self, graph: ModuleGraph, *, reassess: bool = False) -> Plan:
        """What a run over `graph` would do to every module, and why.

        With `reassess` every module is decided as if it carried the default star.
        """
        from starlang.project.planning import plan_project

        graph = self._related(graph)
        made = plan_project(self._project, self._ruleset, graph, None, reassess=bool(reassess))
        return Plan(made)

    @property
    def compiled(self) -> tuple[model.RuleSet, Profile]:
        """The rule set and the profile as the engine takes them."""
        return self._ruleset, self._project.profile

    @property
    def waivers(self) -> "tuple[Waiver, ...]":
        """What the config of the project that the rules lie in accepts."""
        return self._project.config.waivers

    def flips(
        self,
        other: "Rules",
        graph: ModuleGraph,
        *,
        reassess: bool = False,
        amounts: str = "decimal",
    ) -> Table:
        """A table of the modules of `graph` that `other` decides differently, and by what change.

        With `reassess` as if every module carried the default star.
        """
        from starlang.diff.flips import flips
        from starlang.manifests.build import with_fields
        from starlang.project.planning import related
        from starlang.tables.model import TableOf
        from starlang.tables.others import FLIPS, Compared

        if not isinstance(other, Rules):
            refuse_type("other", "a Rules, as `compile` and `compile_text` give it", other)
        (old, _), (new, _) = self.compiled, other.compiled
        both = related(with_fields(self._related(graph), other.fields), self._project, new)
        found = flips(old, new, both, reassess=bool(reassess))
        return Table(TableOf(FLIPS, Compared(old, new, found), amounts_of(amounts)))

    def inspect(
        self, graph: ModuleGraph, name: str = "rules", *, amounts: str = "decimal"
    ) -> Table:
        """A table of what the rules do in `graph`: `rules`, `stars`, `matrix` or `curve`.

        UnknownNameError if there is no such table.
        """
        from starlang.inspect.inspect import inspect
        from starlang.tables.model import TableOf
        from starlang.tables.others import INSPECTION_TABLES

        definition = named(INSPECTION_TABLES, name)
        found = inspect(self._ruleset, self._related(graph))
        return Table(TableOf(definition, found, amounts_of(amounts)))

    def _related(self, graph: ModuleGraph) -> ModuleGraph:
        """`graph` as the rules read it."""
        from starlang.manifests.build import with_fields
        from starlang.project.planning import related

        if not isinstance(graph, ModuleGraph):
            refuse_type("graph", "a ModuleGraph, as `load` and `load_modules` give it", graph)
        return related(with_fields(graph, self.fields), self._project, self._ruleset)

    def decide(
        self,
        batches: "Iterable[pa.RecordBatch]",
        *,
        amounts: str = "decimal",
        reassess: bool = False,
        workers: int = 1,
    ) -> "Iterator[pa.RecordBatch]":
        """Decides the modules of Arrow record batches, each module by itself, as they come.

        A batch has a column `path` and one for each facet that the rules read; what comes out has
        the same rows in the same order, at most 65,536 of them. Memory is that of few batches. No
        ceiling is asked: a ceiling is about all modules. `workers` are the processes that decide,
        1 to 1,000; how many there are changes nothing but the time.

        TablesError if a column is missing, the rules read what is around a module, or there are
        too many workers or none.
        MissingPackageError without `pyarrow`.
        """
        from starlang.tables.batches import BatchEvaluator
        from starlang.tables.processes import Work, decide_over

        if not isinstance(workers, int):
            refuse_type("workers", "an int", workers)
        if not 1 <= workers <= _MOST_WORKERS:
            raise TablesError(f"workers must be from 1 to {_MOST_WORKERS:,}")
        evaluator = BatchEvaluator(*self.compiled)
        work = Work(evaluator, amounts_of(amounts), bool(reassess))
        return decide_over(work, record_batches(batches), workers)

    def test(self) -> tuple[TestResult, ...]:
        """Runs the `test` blocks of the sources; a compiled file has none."""
        from starlang.rule_tests import run

        return tuple(
            TestResult(
                each.case.name,
                each.case.at,
                each.passed,
                each.expected,
                each.found,
                Module(each.explanation),
            )
            for each in run(self._ruleset, self._project.profile, self._cases)
        )

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from starlang.report.fragments import rules_fragment

        return rules_fragment(self._ruleset)

    def _words(self) -> str:
        warnings = counted(len(self.warnings), "warning")
        stars = counted(len(self._ruleset.stars), "star")
        named = f"{shortened(self.name)} {shortened(self.version)}"
        return f"{named}: {counted(len(self), 'rule')}, {stars}, {warnings}"


def _rule(rule: model.Rule) -> Rule:
    from starlang.rules.conditions import condition_text

    return Rule(
        rule.name,
        rule.star,
        amount(rule.sign * rule.weight),
        rule.kinds,
        condition_text(rule.condition),
        rule.because,
        rule.at,
    )


def compile(path: Location, *, profile: Location = DEFAULT_PROFILE) -> Rules:  # noqa: A001 -- the word
    """The rule set of a root file and all that it uses, or of a compiled file (`.json`).

    `profile` is a built-in name or a file. RulesError if the rules have errors,
    SetupError if there is no such profile, or the config above `path` cannot be used.
    """
    root = path_of("path", path)
    project = _project(root, profile_of(profile))
    return _rules(read_rule_set(root, project.root, project.profile), project)


def compile_text(texts: str | Mapping[str, str], *, profile: Location = DEFAULT_PROFILE) -> Rules:
    """The rule set of a text, or of several that `use` each other by their names.

    Of several, the first is the root. Nothing is read but the profile. RulesError if the
    rules have errors, SetupError if there is no such profile.
    """
    compiled, project = _compile_texts(texts, profile_of(profile))
    return _rules(compiled, project)


def check(path: Location, *, profile: Location = DEFAULT_PROFILE) -> tuple[Diagnostic, ...]:
    """Everything that is wrong or doubtful in the rule set at `path`, sorted.

    Entries of its project's config that have run out are among it.

    SetupError if there is no such profile, or the config above `path` cannot be used.
    """
    from starlang.project.check import check_files

    project = _project(path_of("path", path), profile_of(profile))
    return check_files(project, ()).diagnostics


def check_text(
    texts: str | Mapping[str, str], *, profile: Location = DEFAULT_PROFILE
) -> tuple[Diagnostic, ...]:
    """The same for a text, or for several that `use` each other by their names."""
    from starlang.project import check as checking

    compiled, project = _compile_texts(texts, profile_of(profile))
    return checking.check(compiled, project.profile, datetime.now(UTC).date())


def _rules(compiled: Compiled, project: Project) -> Rules:
    if compiled.rules is None:
        raise RulesError(compiled.diagnostics)
    return Rules(compiled.rules, tuple(compiled.open), project, compiled.cases)


def _project(rules: Path, profile: Profile) -> Project:
    """The project that the rule file lies in: of its config, waivers and baseline are used."""
    there = DISK.resolved(rules)
    config = load_config(there.parent)
    if not isinstance(config, Config):
        raise SetupError(config)
    return Project(evolve(config, rules=there), profile)


def _compile_texts(texts: str | Mapping[str, str], profile: Profile) -> tuple[Compiled, Project]:
    from starlang.project.rule_files import form_problem

    files: dict[str, bytes] = {}
    for name, text in _texts_of(texts).items():
        problem = form_problem(name)
        if problem is not None or normpath(name).startswith(".."):
            message, hint = problem or ("it leads up", "name it relative to a common folder")
            wrong = f"`{shortened(name)}` cannot be the name of a rule file: {message}"
            raise RulesError((Diagnostic(code="E403", message=wrong, hint=hint),))
        files[normpath(name)] = text.encode(errors="surrogatepass")
    if not files:
        hint = "give the text of a rule file, or several by name, the root first"
        raise RulesError((Diagnostic(code="E401", message="there is no text", hint=hint),))
    root = NOWHERE / next(iter(files))
    port = Files({f"{NOWHERE}/{name}": data for name, data in files.items()}, disk=False)
    config = Config(root=NOWHERE, manifests=NOWHERE / "manifests", rules=root)
    return read_rule_set(root, NOWHERE, profile, port), Project(config, profile)


def _texts_of(texts: str | Mapping[str, str]) -> dict[str, str]:
    """Rule files as texts, by the names that they have for each other; the root first."""
    if isinstance(texts, str):
        return {"<text>": texts}
    if not isinstance(texts, Mapping):
        refuse_type("texts", "a str, or a mapping of names to str", texts)
    for name, text in texts.items():
        if not isinstance(name, str):
            refuse_type("the name of a text", "a str", name)
        if not isinstance(text, str):
            refuse_type(f"the text of `{shortened(str(name))}`", "a str", text)
    return dict(texts)
