"""Warnings about answers that may differ from the old tools', each with an example."""

from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from starlang.legacy.comparing import (
    Budget,
    new_text,
    old_answer,
    old_text,
    sees_gaps,
    where_alphabets_differ,
    where_masks_differ,
    where_roots_differ,
    where_tests_differ,
)
from starlang.legacy.files import LISTS, amount
from starlang.legacy.old_file import DEFAULT_WEIGHTS, Kind, OldFile
from starlang.legacy.shapes import Shapes
from starlang.legacy.sums import (
    ADDED,
    Evidence,
    Sum,
    missed_threshold,
    reversed_ties,
)
from starlang.legacy.translating import Mask, Translated
from starlang.manifests.wording import shown

MAX_QUESTIONS = 400_000
"""How often a pattern is asked about a text at most: some seconds."""

ROOT = "manifests/"
"""What every path began with when the suggester looked at it."""


@frozen
class Differences:
    """Compares old and new answers and reports warnings. `stars` maps labels to ids."""

    old: OldFile
    shapes: Shapes
    stars: Mapping[str, str]
    budget: Budget

    def of_masks(self, masks: Sequence[Mask], rules: Sequence[Translated]) -> None:
        """W901, once an exclusion: one that leaves another text than its mask."""
        spaces_count = any(sees_gaps(rule.tree) for rule in rules)
        for number, mask in enumerate(masks):
            for other in masks[: number + 1]:
                pair = (mask,) if other is mask else (other, mask)
                text = where_masks_differ(pair, self.budget, spaces_count=spaces_count)
                if text is not None:
                    self.report_masks(pair, text)
                    break

    def report_masks(self, pair: Sequence[Mask], text: str) -> None:
        left, now = old_text(pair, text), new_text([mask.matches for mask in pair], text)
        message = (
            f"{_named(pair)}, one after the other, left {shown(left)} of {shown(text)}; masks are "
            f"found in the original text and leave {shown(now)}"
        )
        hint = "change one of the masks if such names occur"
        self.shapes.report(pair[-1].exclusion.steps, "W901", message, hint=hint)

    def of_look_arounds(self, masks: Sequence[Mask], rules: Sequence[Translated]) -> None:
        """W902: rules whose `ignoring` hides more or less than the look-around excluded."""
        for rule in rules:
            text = where_tests_differ(rule, masks, self.budget)
            if text is not None:
                steps = (*rule.entry.steps, rule.entry.kind.key)
                was = old_answer(rule, masks, text)
                message = (
                    f"with `ignoring` this pattern is {'not ' if was else ''}found in "
                    f"{shown(text)}, with its look-around it was{'' if was else ' not'}"
                )
                hint = "add a mask or a further test to the rule if such names occur"
                self.shapes.report(steps, "W902", message, hint=hint)

    def of_alphabets(self, masks: Sequence[Mask], rules: Sequence[Translated]) -> None:
        r"""W903, once: patterns with `\b`, `\w` or `\d`, which know ASCII only here."""
        differing = [
            (steps, text)
            for steps, texts in (
                *(((*r.entry.steps, r.entry.kind.key), _foreign(r)) for r in rules),
                *((m.exclusion.steps, [where_alphabets_differ(m.tree, m.matches)]) for m in masks),
            )
            for text in [next(filter(None, texts), None)]
            if text is not None
        ]
        if not differing:
            return
        steps, text = differing[0]
        count = (
            "this pattern" if len(differing) == 1 else f"{len(differing)} patterns, this one first"
        )
        message = (
            rf"{count}: `\b`, `\w` and `\d` know only ASCII here, so answers to texts like "
            f"{shown(text)} differ"
        )
        hint = "nothing needs to be done where names and paths are ASCII"
        self.shapes.report(steps, "W903", message, hint=hint)

    def of_sums(self, order: Sequence[str]) -> None:
        """W904: ties that the generator gave to another star, sums that floats missed."""
        by_star: dict[str, list[Evidence]] = {}
        entries = [entry for kind in ADDED for entry in self.old.of(kind)]
        for place, entry in enumerate(entries):
            star = self.stars[entry.star]
            by_star.setdefault(star, []).append(Evidence(entry.kind, place, star, entry.value))
        ties = list(reversed_ties(order, by_star, self.old.weights))
        if ties:
            self.report_ties(ties)
        for key, threshold in {
            "min_suggest": self.old.suggest,
            "min_autopromote": self.old.promote,
        }.items():
            for rows in by_star.values():
                missed = missed_threshold(rows, self.old.weights, threshold)
                if missed is not None:
                    self.report_missed(key, missed)
                    break

    def report_ties(self, ties: Sequence[tuple[Sum, Sum]]) -> None:
        one, other = ties[0]
        ahead, behind = one.rows[0].star, other.rows[0].star
        message = (
            f"{_listed(one)} and {_listed(other)} give {amount(one.exact)} for one star each; the "
            f"generator took `{behind}`, and here `order` shows `{ahead}`"
        )
        if others := [f"{a.rows[0].star} and {b.rows[0].star}" for a, b in ties[1:]]:
            message += f" (the same with {', '.join(others)})"
        hint = "nothing is promoted on a tie; change `order` if another star should be shown"
        self.shapes.report((one.rows[-1].kind.value,), "W904", message, hint=hint)

    def report_missed(self, key: str, missed: Sum) -> None:
        message = (
            f"{_listed(missed)} give exactly {amount(missed.exact)}, and the old binary floats "
            f"gave {missed.binary!r}: on the other side of `{key}`"
        )
        hint = "move the threshold if the old answer was the right one"
        self.shapes.report(("confidence", key), "W904", message, hint=hint)

    def of_unread(self, kinds: Sequence[Kind], tool: str) -> None:
        """W905: evidence that the old tool never looked at."""
        for kind in kinds:
            if self.old.of(kind):
                message = (
                    f"the {tool} never read `{kind.value}`; here each entry is evidence of "
                    f"{amount(self.old.weights[kind])}"
                )
                hint = f"remove {LISTS[kind][0]} and its `use` to let them go on counting nothing"
                self.shapes.report((kind.value,), "W905", message, hint=hint)

    def of_weights(self) -> None:
        """W905: weights that the suggester did not take from the file."""
        for kind in (Kind.RULES, Kind.CAPABILITIES, Kind.NODES):
            own, usual = self.old.weights[kind], DEFAULT_WEIGHTS[kind]
            if own != usual and self.old.of(kind):
                message = (
                    f"the suggester took {amount(usual)} whatever the file says; here it is "
                    f"{amount(own)}"
                )
                hint = f"write {amount(usual)} if the suggester's answers are wanted"
                self.shapes.report(("weights", kind.weight), "W905", message, hint=hint)

    def of_roots(self, rules: Sequence[Translated]) -> None:
        """W907: patterns that the suggester found, or not, because of the manifests root."""
        for rule in rules:
            text = where_roots_differ(rule, ROOT)
            if text is not None:
                below = old_answer(rule, (), ROOT + text)
                message = (
                    f"the suggester looked at paths with `{ROOT}` in front, and did "
                    f"{'' if below else 'not '}find this pattern in {shown(ROOT + text)}; here the "
                    f"path is {shown(text)}, and it is {'not ' if below else ''}found"
                )
                hint = "change the pattern if the old answer was the right one"
                steps = (*rule.entry.steps, rule.entry.kind.key)
                self.shapes.report(steps, "W907", message, hint=hint)


def _foreign(rule: Translated) -> Iterator[str | None]:
    return (where_alphabets_differ(test.clause.core, test.matches) for test in rule.tests)


def _named(masks: Sequence[Mask]) -> str:
    patterns = " and ".join(f"`{mask.exclusion.pattern}`" for mask in masks)
    return f"the exclusions {patterns}" if len(masks) > 1 else f"the exclusion {patterns}"


def _listed(evidence: Sum) -> str:
    return " and ".join(f"`{row.value}`" for row in evidence.rows)
