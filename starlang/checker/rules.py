"""Rules: one namespace with table cells, each for or against a star that can be gained."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, assert_never

from attrs import define, evolve, field

from starlang.checker.conditions import check_clauses, check_condition, kinds
from starlang.checker.context import Findings, Located, Placed, Settings, Written, declared
from starlang.checker.derivations import Derivations
from starlang.checker.names import FIELD, Canon, Scope, facets
from starlang.checker.values import (
    check_same_source,
    check_sources,
    check_threshold,
    check_weight,
    text_of,
)
from starlang.diagnostics.model import Label
from starlang.manifests.profile import Profile
from starlang.rules.conditions import Condition, facets_in
from starlang.rules.model import Combine, Confidence, Rule, short_amount
from starlang.rules.sources import joined_sets
from starlang.rules.spelling import GRAPH, quoted, value_text
from starlang.syntax import nodes
from starlang.syntax.nodes import (
    CombineSetting,
    ConfidenceDecl,
    File,
    Name,
    Number,
    RuleDecl,
    SameSource,
    Setting,
    ThresholdSetting,
    WeightEntry,
    Weights,
)
from starlang.text import Source, did_you_mean

# Default weights of kinds, and the weight of each rule.


def check_weights(
    files: Sequence[File], scopes: Mapping[str, Scope], settings: Settings
) -> dict[str, int]:
    """Kind -> default weight in 10^-6, the profile's overridden. Reports E203, E206, E222, E301.

    `scopes` are those of the files, by name.
    """
    weights = dict(scopes[files[0].source.name].profile.default_weights)
    for declaration in declared(files, Weights):
        scope = scopes[declaration.source.name]
        for entry in declaration.node.entries:
            weight = _entry(scope, declaration, entry, settings)
            if weight is not None:
                weights[entry.facet.text] = weight
    return weights


def _entry(
    scope: Scope, declaration: Located[Weights], entry: WeightEntry, settings: Settings
) -> int | None:
    name = entry.facet.text
    place = declaration.label(entry.facet)
    known = (*facets(scope.profile), FIELD, GRAPH)
    if scope.is_name(name):
        message = f"`{name}` stands for conditions, and has no weight of its own"
        hint = "weigh the facets that it rests on, or write `weight` in the rules that read it"
        scope.findings.report("E222", place, message, hint=hint)
        return None
    if name not in known:
        hint = did_you_mean(name, known) or "a kind is a facet of the profile, `field` or `graph`"
        message = f"no kind of evidence is called `{name}` in the profile `{scope.profile.name}`"
        scope.findings.report("E203", place, message, hint=hint)
        return None
    weight = check_weight(scope, entry.weight)
    return weight if settings.claim(f"weights {name}", place) else None


def rule_weight(
    scope: Scope,
    number: Number | None,
    kinds: Sequence[str],
    weights: Mapping[str, int],
    place: Label,
) -> int | None:
    """The weight of a rule in 10^-6: its own, else that of its only kind. Reports E301, E304."""
    if number is not None:
        return check_weight(scope, number)
    if len(kinds) == 1 and kinds[0] in weights:
        return weights[kinds[0]]
    listed = ", ".join(f"`{kind}`" for kind in kinds)
    if not kinds:
        why = "its condition rests on no facet: all its tests are under `not`"
    elif len(kinds) > 1:
        why = f"it rests on {len(kinds)} kinds of evidence ({listed}), which have different weights"
    else:
        why = f"its kind {listed} has no default weight"
    hint = "add `weight 0.40` to the rule"
    if len(kinds) == 1:
        hint += f", or `weights {{ {kinds[0]} 0.40 }}` to the rule set"
    scope.findings.report("E304", place, f"this rule has no weight: {why}", hint=hint)
    return None


# Thresholds, and the way evidence combines.


def check_confidence(
    files: Sequence[File], profile: Profile, canon: Canon, settings: Settings
) -> Confidence:
    """The `confidence` blocks of all files together.

    Reports E201, E202, E206, E211, E219, E302, E303, E330, E331 and W326.
    """
    said = _Said(settings)
    for declaration in declared(files, ConfidenceDecl):
        scope = Scope(declaration.source, canon, profile, settings.findings)
        for setting in declaration.node.settings:
            said.take(scope, declaration, setting)
    confidence = said.confidence()
    said.warn_of_idle_sets()
    if said.all_right:
        _check_order(confidence, settings)
    return confidence


@define
class _Said:
    """What the blocks read so far say."""

    settings: Settings
    combine: Combine = Combine.SUM
    values: dict[str, int] = field(factory=dict)
    stars: dict[str, int] = field(factory=dict)
    sources: dict[str, int] = field(factory=dict)
    sets: list[tuple[frozenset[str], Label]] = field(factory=list)
    all_right: bool = True

    def take(self, scope: Scope, declaration: Located[ConfidenceDecl], setting: Setting) -> None:
        match setting:
            case CombineSetting(method=method):
                if self.settings.claim("combine", declaration.label(setting)):
                    self.combine = Combine(method.text)
            case ThresholdSetting():
                self._threshold(scope, declaration, setting)
            case SameSource():
                same = check_same_source(scope, setting)
                if same is not None:
                    self.sets.append((same, declaration.label(setting)))
            case _:
                assert_never(setting)

    def _threshold(
        self, scope: Scope, declaration: Located[ConfidenceDecl], setting: ThresholdSetting
    ) -> None:
        words = f"{setting.name} {setting.star.text}" if setting.star else setting.name
        value = check_threshold(scope, setting.value, words, zero=setting.name == "margin")
        star = self._star(scope, setting)
        is_first = self.settings.claim(words, declaration.label(setting))
        if value is None or star is None:
            self.all_right = False
        elif is_first:
            table = self.stars if setting.star else self.values
            table[star] = value
            sources = check_sources(scope, setting.sources)
            if sources is not None:
                self.sources[star if setting.star else ""] = sources

    def _star(self, scope: Scope, setting: ThresholdSetting) -> str | None:
        """What the value is kept under: the star of `promote STAR`, else the word."""
        if setting.star is None:
            return setting.name
        hint = "no evidence gives the default star; remove this threshold"
        return scope.gained_star(setting.star, "no module is promoted to", hint)

    def confidence(self) -> Confidence:
        usual = Confidence()
        general = self.sources.get("", usual.sources)
        others = {star: n for star, n in self.sources.items() if star and n != general}
        sets = [same for same, _ in self.sets] if self._counts_sources else []
        return Confidence(
            combine=self.combine,
            suggest=self.values.get("suggest", usual.suggest),
            promote=self.values.get("promote", usual.promote),
            margin=self.values.get("margin", usual.margin),
            promote_star=tuple(sorted(self.stars.items())),
            sources=general,
            sources_star=tuple(sorted(others.items())),
            same=joined_sets(sets),
        )

    @property
    def _counts_sources(self) -> bool:
        return any(number > 1 for number in self.sources.values())

    def warn_of_idle_sets(self) -> None:
        """Reports W326: what is one source, where nothing counts sources."""
        for _, place in () if self._counts_sources else self.sets:
            message = "this changes nothing: no promotion asks for 2 sources or more"
            hint = "write `promote 0.70 from 2 sources`, or remove this line"
            self.settings.findings.report("W326", place, message, hint=hint)


def _check_order(confidence: Confidence, settings: Settings) -> None:
    """Reports E303: a promote threshold below `suggest`."""
    thresholds = {"promote": confidence.promote}
    thresholds |= {f"promote {star}": value for star, value in confidence.promote_star}
    suggest = settings.places.get("suggest")
    for words, value in thresholds.items():
        place = settings.places.get(words, suggest)
        if value >= confidence.suggest or place is None:
            continue
        others = [evolve(suggest, message="`suggest` is set here")] if suggest else []
        lower, upper = short_amount(value), short_amount(confidence.suggest)
        settings.findings.report(
            "E303",
            place,
            f"`{words}` is {lower}, which is below `suggest` at {upper}",
            others=[] if place is suggest else others,
            hint="promoting takes at least what suggesting takes",
        )


class Shared(NamedTuple):
    """What the rules and tables of all files share. `names` are taken by rules and cells."""

    canon: Canon
    profile: Profile
    weights: Mapping[str, int]
    findings: Findings
    written: list[Written]
    names: dict[str, Label]
    scopes: Mapping[str, Scope]
    derivations: Derivations

    def scope(self, source: Source) -> Scope:
        return self.scopes[source.name]

    def weight(
        self, scope: Scope, number: Number | None, condition: Condition, place: Label
    ) -> tuple[tuple[str, ...], int] | None:
        """The kinds of a rule, and its weight in 10^-6; None after E301 or E304."""
        if facets_in(condition) & self.derivations.unknown:
            return None  # what is wrong there has been said
        rests_on = kinds(condition, self.derivations.names)
        weight = rule_weight(scope, number, rests_on, self.weights, place)
        return None if weight is None else (rests_on, weight)

    def claim(self, name: str, place: Label) -> None:
        """Takes `name` for a rule or cell; E205 where it is taken."""
        first = self.names.setdefault(name, place)
        if first is not place:
            self.findings.report(
                "E205",
                place,
                f"there are two rules `{name}`",
                label="declared again here",
                others=[evolve(first, message="declared here first")],
                hint="rename or remove one of them: a rule counts once",
            )


def spoken_for(scope: Scope, star: Name, *, against: bool) -> str | None:
    """The star that evidence speaks for or against, or None after E201 or E211."""
    what = f"no evidence speaks {'against' if against else 'for'}"
    hint = "to keep modules on the default star, write `never promote when …`"
    return scope.gained_star(star, what, hint)


def check_rules(files: Sequence[File], shared: Shared) -> tuple[Placed[Rule], ...]:
    """The `rule` declarations. Reports E205, E304 and what is wrong with their parts."""
    found: list[Placed[Rule]] = []
    for rule in declared(files, RuleDecl):
        shared.claim(rule.node.name.text, rule.label(rule.node.name))
        checked = _rule(rule, shared)
        if checked is not None:
            found.append(checked)
    return tuple(found)


def _rule(rule: Located[RuleDecl], shared: Shared) -> Placed[Rule] | None:
    node = rule.node
    scope = shared.scope(rule.source)
    star = spoken_for(scope, node.star, against=node.against)
    clauses = check_clauses(scope, node.when, node.unless)
    if clauses is None:
        return None
    when, condition = clauses
    place = rule.label(node.name)
    weighed = shared.weight(scope, node.weight, when, place)
    if star is None or weighed is None:
        return None
    rests_on, weight = weighed
    made = Rule(
        name=node.name.text,
        star=star,
        sign=-1 if node.against else 1,
        weight=weight,
        kinds=rests_on,
        condition=condition,
        because=text_of(node.because),
        at=rule.at(node),
    )
    return Placed(made, place)


# Tables: each cell is a rule, named `facet:value->Star`, or `facet:value-/>Star` where against.


def check_tables(files: Sequence[nodes.File], shared: Shared) -> tuple[Placed[Rule], ...]:
    """The cells of all tables. Reports E205, E304 and what is wrong with their parts."""
    return tuple(
        cell
        for table in declared(files, nodes.Table)
        for row in table.node.rows
        for cell in _row(table, row, shared)
    )


def _row(table: Located[nodes.Table], row: nodes.Row, shared: Shared) -> Iterator[Placed[Rule]]:
    scope = shared.scope(table.source)
    facet = scope.facet(table.node.facet)
    star = spoken_for(scope, row.star, against=row.against)
    for cell in row.cells:
        condition = check_condition(scope, _as_test(table.node.facet, cell))
        if facet is None or condition is None:
            continue
        name = f"{facet}:{_text(cell)}{'-/>' if row.against else '->'}{row.star.text}"
        shared.claim(name, table.label(cell))
        own = row.weight or table.node.weight
        place = table.label(table.node.facet)
        weighed = shared.weight(scope, own, condition, place)
        if star is None or weighed is None:
            continue
        rests_on, weight = weighed
        made = Rule(
            name=name,
            star=star,
            sign=-1 if row.against else 1,
            weight=weight,
            kinds=rests_on,
            condition=condition,
            because=text_of(row.because or table.node.because),
            at=table.at(cell),
        )
        yield Placed(made, table.label(cell))


def _as_test(facet: nodes.Facet, cell: nodes.Cell) -> nodes.Predicate:
    """The test that a cell stands for."""
    if isinstance(cell.value, nodes.Regex):
        return nodes.Matches(facet, cell.value, span=cell.span)
    if cell.under:
        return nodes.Under(facet, (cell.value,), span=cell.span)
    return nodes.Is(facet, cell.value, span=cell.span)


def _text(cell: nodes.Cell) -> str:
    """A cell as it is written, so that different cells have different names."""
    if isinstance(cell.value, nodes.Regex):
        return f"/{cell.value.text}/{'i' if cell.value.ignore_case else ''}"
    if cell.under:
        return f"under {quoted(cell.value.text)}"
    return value_text(cell.value.text)
