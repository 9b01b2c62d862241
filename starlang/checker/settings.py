"""Settings, each made at most once in all files of a rule set."""

from attrs import evolve, field, frozen

from starlang.checker.findings import Findings
from starlang.diagnostics.model import Label


@frozen
class Settings:
    """Where each setting is made, by its words; reports E206 for one made twice."""

    findings: Findings
    places: dict[str, Label] = field(factory=dict)

    def claim(self, words: str, place: Label) -> bool:
        """Whether the setting `words` at `place` is the first of its kind."""
        first = self.places.setdefault(words, place)
        if first is place:
            return True
        self.findings.report(
            "E206",
            place,
            f"`{words}` is set twice",
            label="set again here",
            others=[evolve(first, message="set here first")],
            hint="remove one: nothing overrides anything, whatever the order of files",
        )
        return False
