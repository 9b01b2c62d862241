"""A plan, a module or a rule set as a fragment of HTML: what a notebook shows of it.

A fragment has no script and fetches nothing; it takes its colours from the page around it,
so that it can be read in a light notebook and in a dark one.
"""

from collections import Counter
from functools import cache
from itertools import islice

from markupsafe import Markup

from starlang.engine.decisions import Outcome
from starlang.explain.model import Explanation
from starlang.explain.words import short, why
from starlang.plan.make import edits_change
from starlang.plan.model import Plan
from starlang.report.pages import Bar, Pair, environment, file_text, lengths, pair_lengths
from starlang.rules.conditions import condition_text
from starlang.rules.model import RuleSet
from starlang.text import counted

_templates = cache(environment)
"""A notebook shows many values: what is compiled for one serves for all."""

_LISTED = 20
"""How many modules or rules are listed."""

_FINDINGS = 5
"""How many findings that block a plan are listed."""


def plan_fragment(plan: Plan) -> str:
    """The plan: outcomes, stars before and after, and the first modules that change."""
    counts = Counter(each.outcome for each in plan)
    bars = [
        Bar(outcome.value, counts[outcome], f"{counts[outcome]:,}")
        for outcome in Outcome
        if outcome in counts
    ]
    stars = sorted(plan.before.keys() | plan.after.keys())
    pairs = [Pair(star, plan.before.get(star, 0), plan.after.get(star, 0)) for star in stars]
    changing = [each for each in plan if edits_change(each)]
    return _render(
        kind="plan",
        plan=plan,
        limit=_FINDINGS,
        bars=bars,
        lengths=lengths(bars),
        pairs=pairs,
        pair_lengths=pair_lengths(pairs),
        modules=[
            {
                "path": each.path,
                "outcome": each.outcome.value,
                "current": each.current,
                "gets": _gets(each),
                "score": short(each.best.score) if each.best else "",
                "why": why(each),
            }
            for each in islice(changing, _LISTED)
        ],
        changing=len(changing),
    )


def module_fragment(module: Explanation) -> str:
    """The module: its decision, the evidence with what matched, and the scores."""
    rows = [
        {
            "weight": _signed(row.sign, row.weight),
            "star": row.star,
            "rule": row.rule,
            "matches": row.matches,
            "because": row.because,
            "at": row.at,
        }
        for row in module.rows
    ]
    figures = ((score.raw, score.score, score.confidence) for score in module.scores)
    return _render(
        kind="module",
        module=module,
        gets=_gets(module) if edits_change(module) else "",
        why=why(module),
        rows=rows,
        scores=[
            (score.star, *map(short, figure))
            for score, figure in zip(module.scores, figures, strict=True)
        ],
        thresholds=f"suggest at {short(module.suggest_at)}, promote at {short(module.promote_at)}, "
        f"margin {short(module.margin)}",
    )


def rules_fragment(rules: RuleSet) -> str:
    """The rule set: how many rules each star has, its threshold, and the first rules."""
    bars = [_star_bar(rules, star.id) for star in rules.stars if not star.is_default]
    listed = [
        {
            "name": rule.name,
            "weight": _signed(rule.sign, rule.weight),
            "star": rule.star,
            "condition": condition_text(rule.condition),
            "because": rule.because,
        }
        for rule in rules.rules[:_LISTED]
    ]
    return _render(kind="rules", rules=rules, bars=bars, lengths=lengths(bars), listed=listed)


def _star_bar(rules: RuleSet, star: str) -> Bar:
    count = sum(rule.star == star for rule in rules.rules)
    return Bar(star, count, f"{count:,}", f"promote at {short(rules.confidence.promote_at(star))}")


def _gets(module: Explanation) -> str:
    return " + ".join([module.star or module.current, *module.secondary])


def _signed(sign: int, weight: int) -> str:
    return f"{'+' if sign > 0 else '-'}{short(weight)}"


def _render(**values: object) -> str:
    made = _templates()
    style = Markup(file_text(made, "fragment.css"))  # noqa: S704 -- a file of the program
    return made.get_template("fragment.html.j2").render(style=style, counted=counted, **values)
