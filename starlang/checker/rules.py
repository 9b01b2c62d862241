"""Rules: one namespace with table cells, each for or against a star that can be gained."""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from starlang.checker.canon import Canon
from starlang.checker.checked import Placed, Written
from starlang.checker.conditions import check_clauses, kinds
from starlang.checker.findings import Findings
from starlang.checker.located import Located, declared
from starlang.checker.scope import Scope
from starlang.checker.weights import rule_weight
from starlang.diagnostics.model import Label
from starlang.manifests.profile import Profile
from starlang.rulesets.model import Rule
from starlang.syntax.nodes import File, Name, RuleDecl, Text
from starlang.text import Source


@frozen
class Shared:
    """What the rules and tables of all files share. `names` are taken by rules and cells."""

    canon: Canon
    profile: Profile
    weights: Mapping[str, int]
    findings: Findings
    written: list[Written]
    names: dict[str, Label]

    def scope(self, source: Source) -> Scope:
        return Scope(source, self.canon, self.profile, self.findings, self.written)

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
    rests_on = kinds(when)
    weight = rule_weight(scope, node.weight, rests_on, shared.weights, place)
    if star is None or weight is None:
        return None
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


def text_of(text: Text | None) -> str:
    """What an optional clause says, or ""."""
    return text.text if text is not None else ""
