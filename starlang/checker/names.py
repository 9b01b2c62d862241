"""Stars: each declared once, one of them the default, every label with one meaning."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from attrs import evolve, field, frozen

from starlang.checker.context import Findings, Located, Placed, Written, declared
from starlang.diagnostics.model import Label, Replacement
from starlang.manifests.profile import Profile, ValueType
from starlang.rules.model import Star
from starlang.rules.spelling import BUILTIN_FACETS, FIELD_PREFIX, quoted, spelled
from starlang.syntax.nodes import Facet, FacetPredicate, File, Name, StarDecl
from starlang.text import Source, did_you_mean, nearest
from starlang.texts.pointers import pointer_problem


class Canon(NamedTuple):
    """The stars of a rule set. `meanings` maps the spelling of a label to an id."""

    stars: tuple[Placed[Star], ...]
    meanings: Mapping[str, str]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(star.value.id for star in self.stars)

    @property
    def gained(self) -> tuple[str, ...]:
        """The ids of the stars that modules can gain: all but the default."""
        return tuple(star.value.id for star in self.stars if not star.value.is_default)

    @property
    def default(self) -> Placed[Star] | None:
        """The default star, or None where no star is declared as such."""
        return next((star for star in self.stars if star.value.is_default), None)

    def meant_by(self, label: str) -> str | None:
        """The id of the star that `label` means in a manifest, or None."""
        return self.meanings.get(spelled(label))


class _Spelling(NamedTuple):
    """One id, label or alias of a star."""

    text: str
    star: str
    label: Label


def check_canon(files: Sequence[File], findings: Findings) -> Canon:
    """Reports E204, E207 to E210, E218 and W201."""
    stars: dict[str, Located[StarDecl]] = {}
    for star in declared(files, StarDecl):
        first = stars.setdefault(star.node.name.text, star)
        if first is not star:
            findings.report(
                "E204",
                star.label(star.node.name),
                f"star `{star.node.name.text}` is declared twice",
                label="declared again here",
                others=[evolve(first.label(first.node.name), message="declared here first")],
                hint="rename one of them, or merge both declarations",
            )
    _check_default(files, stars, findings)
    for star in stars.values():
        _check_texts(star, findings)
    meanings = _check_spellings(list(stars.values()), findings)
    return Canon(tuple(map(_star, stars.values())), meanings)


def _star(star: Located[StarDecl]) -> Placed[Star]:
    node = star.node
    value = Star(
        id=node.name.text,
        label=node.label.text if node.label else node.name.text,
        aliases=tuple(alias.text for alias in node.aka),
        emoji=node.emoji.text if node.emoji else "",
        domain=node.domain.text if node.domain else "",
        is_default=node.is_default,
    )
    return Placed(value, star.label(node.name))


def _check_default(
    files: Sequence[File], stars: Mapping[str, Located[StarDecl]], findings: Findings
) -> None:
    defaults = [star for star in stars.values() if star.node.is_default]
    if not defaults:
        root = files[0]
        place = Label(root.source, root.header.span if root.header else root.span)
        known = ", ".join(f"`{star}`" for star in list(stars)[:5])
        hint = f"put `default` before one of {known}" if stars else 'add `use "canon.star"`'
        findings.report("E209", place, "no star is the default star", hint=hint)
    for other in defaults[1:]:
        findings.report(
            "E210",
            other.label(other.node.name),
            f"two default stars: `{defaults[0].node.name.text}` and `{other.node.name.text}`",
            label="the second one",
            others=[evolve(defaults[0].label(defaults[0].node.name), message="the first one")],
            hint="a module without a star can carry only one: remove `default` here",
        )


def _check_texts(star: Located[StarDecl], findings: Findings) -> None:
    for text in (star.node.label, *star.node.aka):
        if text is not None and not text.text.strip():
            findings.report(
                "E218",
                star.label(text),
                f"an empty label of star `{star.node.name.text}`",
                hint="a manifest with an empty label carries the default star; name the star",
            )


def _spellings(star: Located[StarDecl]) -> Iterator[_Spelling]:
    node = star.node
    for text in (node.name, node.label, *node.aka):
        if text is not None:
            yield _Spelling(text.text, node.name.text, star.label(text))


def _check_spellings(stars: Sequence[Located[StarDecl]], findings: Findings) -> dict[str, str]:
    """Reports labels with two meanings; returns what each spelling means."""
    meant: dict[str, _Spelling] = {}
    folded: dict[str, _Spelling] = {}
    for star in stars:
        for spelling in _spellings(star):
            first = meant.setdefault(spelled(spelling.text), spelling)
            alike = folded.setdefault(spelled(spelling.text).casefold(), spelling)
            if first.star != spelling.star:
                _report_collision("E207", "means two stars", spelling, first, findings)
            elif alike.star != spelling.star:
                _report_collision("E208", "differs in case alone", spelling, alike, findings)
        _warn_repeated(star, findings)
    return {text: spelling.star for text, spelling in meant.items()}


def _report_collision(
    code: str, problem: str, second: _Spelling, first: _Spelling, findings: Findings
) -> None:
    findings.report(
        code,
        second.label,
        f"`{second.text}` {problem}: `{first.star}` and `{second.star}`",
        label=f"stands for `{second.star}` here",
        others=[evolve(first.label, message=f"`{first.text}` stands for `{first.star}` here")],
        hint="let every label, alias and id mean one star only",
    )


def _warn_repeated(star: Located[StarDecl], findings: Findings) -> None:
    """An alias that says what the id, the label or another alias says already."""
    seen = {spelled(star.node.name.text)}
    if star.node.label:
        seen.add(spelled(star.node.label.text))
    for alias in star.node.aka:
        if spelled(alias.text) in seen:
            message = f"`{alias.text}` means `{star.node.name.text}` already"
            hint = "remove it: it is the id, the label or an alias of this star"
            findings.report_repeated(star.label(alias), message, hint)
        seen.add(spelled(alias.text))


# The names that declarations may refer to: stars and facets.

FIELD = "field"
"""The facet word, and the kind, of `field "/json/pointer"`."""


@frozen
class Scope:
    """What names mean in one file. `written` collects its patterns and needles.

    `derived` are the facets that rules make, with their values as they are written.
    """

    source: Source
    canon: Canon
    profile: Profile
    findings: Findings
    written: list[Written] = field(factory=list)
    derived: Mapping[str, tuple[str, ...]] = field(factory=dict)

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
                message = f"`{facet.pointer}` is not a valid JSON pointer: {problem[1]}"
                meant = f"/{facet.pointer.strip('./').replace('.', '/')}"
                written = Replacement(place.span, f"{FIELD} {quoted(meant)}")
                is_meant = "~" not in meant and meant != "/" and "//" not in meant
                choices = [written] if is_meant else []
                self.findings.report("E219", place, message, hint=hint, choices=choices)
                return None
            return f"{FIELD_PREFIX}{facet.pointer}"
        known = tuple(dict.fromkeys((*facets(self.profile), *self.derived)))
        if facet.name in known:
            return facet.name
        hint = did_you_mean(facet.name, known) or f"the facets are {_listed(known)}"
        message = f"no facet is called `{facet.name}` in the profile `{self.profile.name}`"
        self.findings.report("E202", place, message, hint=hint)
        return None

    def written_facet(self, test: FacetPredicate) -> str:
        """The facet of a test as it is written there; "" in a table, which says it once."""
        start, end = test.facet.span
        return self.source.text[start:end] if test.span.start <= start < end else ""

    def is_name(self, facet: str) -> bool:
        """Whether `facet` is a name for conditions: rules make it, and no manifest has it."""
        return facet in self.derived and self.profile.facet(facet) is None

    def type_of(self, facet: str) -> ValueType:
        """Which JSON values `facet` has; a field may have any."""
        if facet in BUILTIN_FACETS or self.is_name(facet):
            return ValueType.TEXT
        source = self.profile.facet(facet)
        return source.type if source is not None else ValueType.ANY


def facets(profile: Profile) -> tuple[str, ...]:
    """The names of facets that rules may read, without fields."""
    return (*BUILTIN_FACETS, *(facet.name for facet in profile.facets))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
