"""The names that declarations may refer to: stars and facets."""

from collections.abc import Iterable

from attrs import evolve, field, frozen

from starlang.checker.canon import Canon
from starlang.checker.checked import Written
from starlang.checker.findings import Findings
from starlang.diagnostics.model import Label
from starlang.manifests.pointers import pointer_problem
from starlang.manifests.profile import Profile, ValueType
from starlang.rulesets.spelling import BUILTIN_FACETS, FIELD_PREFIX
from starlang.syntax.nodes import Facet, Name
from starlang.text import Source, did_you_mean, nearest

FIELD = "field"
"""The facet word, and the kind, of `field "/json/pointer"`."""


@frozen
class Scope:
    """What names mean in one file. `written` collects its patterns and needles."""

    source: Source
    canon: Canon
    profile: Profile
    findings: Findings
    written: list[Written] = field(factory=list)

    def star(self, name: Name) -> str | None:
        """The id that `name` refers to, or None after E201."""
        if name.text in self.canon.ids:
            return name.text
        self.unknown_star(name.text, Label(self.source, name.span))
        return None

    def unknown_star(self, text: str, place: Label) -> None:
        """Reports E201: `text` names no star."""
        names = {*self.canon.ids, *(star.value.label for star in self.canon.stars)}
        by_alias = nearest(text, self.canon.meanings)
        hint = did_you_mean(text, names)
        if not hint and by_alias:
            hint = f"did you mean `{self.canon.meanings[by_alias]}`?"
        if not hint and names:
            hint = f"the stars are {_listed(self.canon.ids)}"
        self.findings.report("E201", place, f"no star is called `{text}`", hint=hint)

    def gained_star(self, name: Name, what: str, hint: str, code: str = "E211") -> str | None:
        """Like `star`, for stars that modules gain; the default star is E211, or `code`."""
        star = self.star(name)
        default = self.canon.default
        if star is None or default is None or star != default.value.id:
            return star
        self.findings.report(
            code,
            Label(self.source, name.span),
            f"{what} the default star `{star}`",
            label="the default star",
            others=[evolve(default.label, message="declared as the default here")],
            hint=hint,
        )
        return None

    def facet(self, facet: Facet) -> str | None:
        """The name that conditions use for `facet`, or None after E202 or E219."""
        place = Label(self.source, facet.span)
        if facet.pointer is not None:
            if problem := pointer_problem(facet.pointer):
                hint = 'write it like `field "/testing/has_tests"`, `*` for array elements'
                message = f"`{facet.pointer}` is no JSON pointer: {problem[1]}"
                self.findings.report("E219", place, message, hint=hint)
                return None
            return f"{FIELD_PREFIX}{facet.pointer}"
        known = facets(self.profile)
        if facet.name in known:
            return facet.name
        hint = did_you_mean(facet.name, known) or f"the facets are {_listed(known)}"
        message = f"no facet is called `{facet.name}` in the profile `{self.profile.name}`"
        self.findings.report("E202", place, message, hint=hint)
        return None

    def type_of(self, facet: str) -> ValueType:
        """Which JSON values `facet` has; a field may have any."""
        if facet in BUILTIN_FACETS:
            return ValueType.TEXT
        source = self.profile.facet(facet)
        return source.type if source is not None else ValueType.ANY


def facets(profile: Profile) -> tuple[str, ...]:
    """The names of facets that rules may read, without fields."""
    return (*BUILTIN_FACETS, *(facet.name for facet in profile.facets))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
