"""Profile files: TOML in, a `Profile` and all its mistakes out. See docs/manifests.md."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from attrs import evolve

from starlang.diagnostics.model import Diagnostic, in_order
from starlang.manifests.new import NewValue, read_beside, read_new
from starlang.manifests.profile import (
    CODEOWNERS,
    FacetSource,
    Match,
    Place,
    Profile,
    Shape,
    StarShape,
    ValueType,
    prefix_of,
)
from starlang.matching.patterns import group_problem
from starlang.rules.spelling import (
    EVENTS,
    GRAPH,
    GRAPH_PREFIX,
    NAME,
    RESERVED_NAMES,
    TEXT_FACETS,
)
from starlang.text import Source, Span, did_you_mean, shown_value
from starlang.texts.documents import Format
from starlang.texts.pointers import EACH, parts_of, pointer_problem
from starlang.texts.toml import TomlFile, TomlTable

DEFAULT_FILE_NAME = "module.manifest.json"

_PLACES = 6
_TYPES = tuple(each.value for each in ValueType)
Base = Callable[[str], Profile | tuple[Diagnostic, ...]]
"""Reads the profile that another one extends."""


class _Draft(NamedTuple):
    """What a profile file says, each part None where it says nothing about it."""

    shapes: tuple[Shape, ...] | None
    file_names: tuple[str, ...] | None
    document: Match | None
    facets: tuple[FacetSource, ...]
    weights: dict[str, int]
    relations: tuple[FacetSource, ...]
    external: bool | None
    new: tuple[NewValue, ...] | None
    format: Format | None

    def over(self, name: str, base: Profile | None) -> Profile:
        """The profile, with what is not said here as `base` says it."""
        found = base or Profile(name, ())
        return Profile(
            name=name,
            shapes=found.shapes if self.shapes is None else self.shapes,
            file_names=self.file_names or found.file_names,
            document=self.document or found.document,
            facets=_joined(found.facets, self.facets),
            weights=tuple(sorted((dict(found.weights) | self.weights).items())),
            relations=_joined(found.relations, self.relations),
            external=found.external if self.external is None else self.external,
            new=self.new if found.new is None else self.new or found.new,
            format=self.format or found.format,
        )


def _joined(base: tuple[FacetSource, ...], own: tuple[FacetSource, ...]) -> tuple[FacetSource, ...]:
    """All of both, sorted; of two with one name the own one."""
    named = {each.name: each for each in (*base, *own)}
    return tuple(named[name] for name in sorted(named))


def read_profile(
    name: str, source: Source, base: Base | None = None
) -> tuple[Profile | None, tuple[Diagnostic, ...]]:
    """The profile `name` that the TOML of `source` describes, or None if it has a mistake."""
    file = TomlFile(source)
    root = file.root()
    problems: tuple[Diagnostic, ...] = ()
    profile = None
    if root is not None:
        extended, problems = _extended(root, base)
        if not problems:  # what is missing here may be in the profile that cannot be read
            profile = _draft(root, extended).over(name, extended)
            file.close()
    problems = in_order((*problems, *file.problems))
    return (None if any(each.is_error for each in problems) else profile), problems


def _extended(root: TomlTable, base: Base | None) -> tuple[Profile | None, tuple[Diagnostic, ...]]:
    """The profile that `extends` names."""
    named = root.text("extends")
    if named is None or base is None:
        return None, ()
    found = base(named)
    if isinstance(found, Profile):
        return found, ()
    message = f"the profile {shown_value(named)}, which this one extends, cannot be used"
    root.file.report(root.value_span("extends"), "E714", message, "see the finding about it")
    return None, found


def _draft(root: TomlTable, base: Profile | None) -> _Draft:
    weights = root.table("weights")
    graph = root.table("graph")
    return _Draft(
        shapes=_shapes(root, base),
        file_names=_file_names(root),
        document=_match(root, "document"),
        facets=_facets(root.table("facets")),
        relations=_relations(graph),
        external=graph.flag("external", default=False) if "external" in graph.keys() else None,  # noqa: SIM118 -- a table is not a mapping
        weights={
            kind: weight
            for kind in sorted((*TEXT_FACETS, GRAPH))
            if (weight := _weight(weights, kind)) is not None
        },
        new=read_new(root.table("new")) if "new" in root.keys() else None,  # noqa: SIM118 -- the same
        format=_format(root),
    )


_FORMATS = tuple(each.value for each in Format)


def _format(root: TomlTable) -> Format | None:
    name = root.text("format")
    if name is None or name in _FORMATS:
        return Format(name) if name else None
    hint = did_you_mean(name, _FORMATS) or f"write one of {', '.join(_FORMATS)}"
    message = f"{shown_value(name)} is not a format of manifests"
    root.file.report(root.value_span("format"), "E704", message, hint, _FORMATS)
    return None


def _file_names(root: TomlTable) -> tuple[str, ...] | None:
    names = root.texts("file")
    for index, name in enumerate(names or ()):
        if not name or "/" in name or "\\" in name or name in {".", ".."}:
            message = f"{shown_value(name)} is not a valid file name"
            hint = f'write the name alone, such as "{DEFAULT_FILE_NAME}"'
            root.file.report(root.value_span("file", index), "E704", message, hint)
    if names is not None and not names:
        message, hint = "`file` names no file", f'write `file = "{DEFAULT_FILE_NAME}"`'
        root.file.report(root.value_span("file"), "E704", message, hint)
    return tuple(dict.fromkeys(names)) if names else None


# Shapes.


def _shapes(root: TomlTable, base: Profile | None) -> tuple[Shape, ...] | None:
    """The shapes that are declared here, None where those of `base` hold."""
    tables = root.tables("shape")
    is_plain = bool({"module", "stars"} & set(root.keys()))
    if tables and is_plain:
        message = "`[module]` and `[stars]` are given beside `[[shape]]`"
        hint = "a shape has its own: write `[shape.module]` and `[shape.stars]`"
        root.file.report(root.key_span("stars"), "E709", message, hint)
    if tables:
        shapes = tuple(evolve(_shape(each, None), when=_match(each, "when")) for each in tables)
        for each, shape in zip(tables, shapes, strict=True):
            if shape.stars.sidecar:
                message = "a sidecar holds the stars of all modules, so no shape has its own"
                hint = "write `sidecar` into `[stars]`, without shapes"
                root.file.report(each.span, "E709", message, hint)
        _check_order(tables, shapes)
        return shapes
    if base is not None and not is_plain:
        return None
    if base is not None and len(base.shapes) > 1 and not _has_places(root):
        return _with_settings(root.table("stars"), base.shapes)
    return (_shape(root, base.shapes[0] if base else None),)


def _has_places(root: TomlTable) -> bool:
    """Whether places are given: they replace all shapes of the profile that is extended."""
    stars = root.plain("stars")
    keys = set(stars) if isinstance(stars, dict) else set[str]()
    return "module" in root.keys() or bool(keys - {"absent", "secondary_allowed"})  # noqa: SIM118 -- a table is not a mapping


def _with_settings(table: TomlTable, shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """`shapes` with what is said of all their stars.

    Where a manifest may be without stars, one that fits no shape has the first.
    """
    allowed = table.texts("secondary_allowed")
    found = tuple(
        evolve(
            each,
            stars=evolve(
                each.stars,
                secondary_allowed=_or(allowed, each.stars.secondary_allowed),
                is_optional=_absent(table, default=each.stars.is_optional),
            ),
        )
        for each in shapes
    )
    needs_last = found[0].stars.is_optional and found[-1].when is not None
    return (*found, evolve(found[0], when=None)) if needs_last else found


def _check_order(tables: Sequence[TomlTable], shapes: Sequence[Shape]) -> None:
    """A shape without `when` fits everything, so none can follow it."""
    for table, shape in zip(tables[:-1], shapes[:-1], strict=True):
        if shape.when is None:
            message = "this shape has no `when`, so no later one can ever fit"
            hint = "write `when`, or put the shape last"
            table.file.report(table.span, "E709", message, hint)


def _shape(table: TomlTable, base: Shape | None) -> Shape:
    module = table.table("module")
    version = _pointer(module, "schema_version")
    return Shape(
        stars=_stars(table.table("stars"), base.stars if base else StarShape()),
        module_name=_single(module, "name") or (base.module_name if base else None),
        path=_single(module, "path") or (base.path if base else None),
        schema_version=version or (base.schema_version if base else ""),
    )


def _stars(table: TomlTable, base: StarShape) -> StarShape:
    given = {key: _star_place(table, key) for key in ("primary", "secondary", "all", "confidence")}
    sidecar = _sidecar(table)
    if sidecar or given["primary"] or given["all"]:  # another place of stars takes its place
        base = evolve(base, primary=None, all=None, sidecar="")
    if sidecar:
        base = evolve(base, secondary=None, confidence=None)
    shape = evolve(
        base,
        sidecar=sidecar or base.sidecar,
        **{key: place for key, place in given.items() if place is not None},
        secondary_allowed=_or(table.texts("secondary_allowed"), base.secondary_allowed),
        is_optional=_absent(table, default=base.is_optional),
    )
    named = [key for key in ("primary", "all", "sidecar") if getattr(shape, key)]
    if len(named) != 1:
        both = " and ".join(f"`{key}`" for key in named)
        which = f"both {both}" if named else "neither `primary` nor `all`"
        hint = "`primary` is the place of one star, `all` of a list whose first one is primary"
        table.file.report(table.span, "E709", f"`[stars]` has {which}", hint)
        return evolve(shape, primary=Place("star", ("/star",)), all=None, sidecar="")
    if shape.sidecar and (shape.secondary or shape.confidence):
        key = "secondary" if shape.secondary else "confidence"
        message = f"`{key}` has no meaning beside `sidecar`, which holds one star a module"
        table.file.report(table.key_span(key), "E709", message, "delete it")
    if shape.all and shape.secondary:
        message = "`secondary` has no meaning beside `all`, which holds every star"
        table.file.report(table.key_span("secondary"), "E709", message, "delete it")
    return shape


def _sidecar(table: TomlTable) -> str:
    """The JSON file that has the stars, instead of the manifests."""
    written = table.text("sidecar") or ""
    if written and (_leads_out(written) or not written.endswith(".json")):
        message = f"{shown_value(written)} is not a JSON file beside the manifests"
        hint = 'write a path below the directory of the manifests, such as `sidecar = "stars.json"`'
        table.file.report(table.value_span("sidecar"), "E704", message, hint)
    return written


def _or(value: tuple[str, ...] | None, default: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return default if value is None else tuple(sorted(set(value)))


_ABSENT = ("error", "default")


def _absent(table: TomlTable, *, default: bool) -> bool:
    """Whether a manifest without the place of stars is a module without a star."""
    choice = table.text("absent")
    if choice is None:
        return default
    if choice not in _ABSENT:
        hint = did_you_mean(choice, _ABSENT) or 'write "error" or "default"'
        message = f'`absent` is {shown_value(choice)}, neither "error" nor "default"'
        table.file.report(table.value_span("absent"), "E704", message, hint, _ABSENT)
    return choice == "default"


def _star_place(table: TomlTable, key: str) -> Place | None:
    """The place of one star, or of the elements of a list of stars."""
    place = _single(table, key, "star")
    if place is None:
        return None
    if prefix_of(place.take) is None:
        message = f"a star cannot be written back through the pattern /{place.take}/"
        hint = "write `take` as a text and the rest, such as `^type:(.+)$`"
        table.file.report(table.value_span(key), "E741", message, hint)
    if key in {"all", "secondary"}:
        return evolve(place, locations=tuple(f"{each}/{EACH}" for each in place.locations))
    return evolve(place, type=ValueType.ANY) if key == "confidence" else place


def _single(table: TomlTable, key: str, name: str = "") -> Place | None:
    """The place at `key`, each of whose locations leads to one value."""
    place = _place(table, key, name or key)
    if place is None:
        return None
    for index, location in enumerate(place.locations):
        if pointer_problem(location) is None and EACH in parts_of(location):
            message = f"`{key}` leads to one place, so it has no `*`"
            table.file.report(table.value_span(key, index), "E707", message, "leave the `*` out")
    return place


# Places.


def _place(table: TomlTable, key: str, name: str) -> Place | None:
    """The place at `key`: a pointer, a list of pointers, or a table."""
    if table.is_table(key):
        return _read_place(table.table(key), name)
    locations = table.texts(key)
    for index, location in enumerate(locations or ()):
        _check_pointer(table, key, location, index)
    return Place(name, locations) if locations else None


def _read_place(table: TomlTable, name: str) -> Place:
    """The place that a table describes."""
    keys = table.flag("keys", default=False)
    locations = _locations(table, name, may_be_whole=keys)
    merge = table.flag("merge", default=False)
    if merge and len(locations) == 1:
        message, hint = "`merge` joins several locations, and there is one", "delete `merge`"
        table.file.report(table.key_span("merge"), "E704", message, hint)
    return Place(name, locations, merge, keys, _take(table))


def _locations(table: TomlTable, name: str, *, may_be_whole: bool) -> tuple[str, ...]:
    locations = table.texts("at")
    if not locations and "at" not in table.mistaken:
        message = f"the place of `{name}` has no location"
        table.file.report(table.span, "E713", message, 'write `at = "/json/pointer"`')
    for index, location in enumerate(locations or ()):
        if location or not may_be_whole:
            _check_pointer(table, "at", location, index)
    return locations or ()


def _take(table: TomlTable) -> str:
    take = table.text("take") or ""
    if take and (problem := group_problem(take)):
        hint = "write an RE2 pattern with one group, such as `^type:(.+)$`"
        message = f"{shown_value(take)} takes nothing: {problem}"
        table.file.report(table.value_span("take"), "E740", message, hint)
        return ""
    return take


def _match(table: TomlTable, key: str) -> Match | None:
    """A pointer, a list of pointers of which one is enough, or pointer = text or texts."""
    if not table.is_table(key):
        listed = table.texts(key)
        for index, location in enumerate(listed or ()):
            _check_pointer(table, key, location, index)
        return Match(tuple((each, ()) for each in listed), is_any=True) if listed else None
    inside = table.table(key)
    pairs = []
    for location in inside.keys():  # noqa: SIM118 -- a table is not a mapping
        if problem := pointer_problem(location):
            message = f"{shown_value(location)} is not a valid JSON pointer: {problem[1]}"
            table.file.report(inside.key_span(location), "E707", message, _POINTER_HINT)
        pairs.append((location, inside.texts(location) or ()))
    return Match(tuple(pairs))


_POINTER_HINT = "a pointer reads `/metadata/owner`, or `/capabilities/*/name` for all elements"


def _pointer(table: TomlTable, key: str) -> str:
    """The pointer at `key`, which leads to one place, or ""."""
    location = table.text(key)
    if location is None:
        return ""
    if _check_pointer(table, key, location) and EACH in parts_of(location):
        message = f"`{key}` leads to one place, so it has no `*`"
        table.file.report(table.value_span(key), "E707", message, "leave the `*` out")
    return location


def _check_pointer(table: TomlTable, key: str, location: str, index: int = 0) -> bool:
    problem = pointer_problem(location)
    if problem:
        offset, words = problem
        span = table.value_span(key, index)
        # The offset holds as long as the string has no escapes of TOML before it.
        start = min(span.start + 1 + offset, span.end - 1)
        if not location:
            words = "it is empty, which is the whole manifest and needs `keys = true`"
        message = f"{shown_value(location)} is not a valid JSON pointer: {words}"
        table.file.report(Span(start, span.end - 1), "E707", message, _POINTER_HINT)
    return problem is None


# Facets and relations.


def _facets(table: TomlTable) -> tuple[FacetSource, ...]:
    return tuple(_facet(table, name) for name in sorted(table.keys()))


def _facet(facets: TomlTable, name: str) -> FacetSource:
    _check_name(facets, name)
    table = facets.table(name)
    elsewhere = _elsewhere(table)
    place = Place(name, ())
    has_place = "at" in table.keys() or not elsewhere  # noqa: SIM118 -- a table is not a mapping
    if has_place and name not in facets.mistaken:
        place = _read_place(table, name)
    return FacetSource(
        name=name,
        locations=place.locations,
        merge=place.merge,
        keys=place.keys,
        take=place.take,
        missing=_in_order(table.texts("missing")),
        values=_renamed(table.table("values")),
        weight=_weight(table, "weight"),
        group_missing=table.flag("group_missing", default=True),
        type=_type(table),
        elsewhere=elsewhere,
        column=_column(table, name, elsewhere),
        beside=read_beside(table.table("beside")),
    )


_TABLES = (".csv", ".json")


def _elsewhere(table: TomlTable) -> str:
    """What is asked where the manifests have no value: CODEOWNERS, or a table of the project."""
    written = table.text("from")
    if written is None or written == CODEOWNERS:
        return written or ""
    problem = "is neither `codeowners` nor a table"
    if written.endswith(_TABLES):
        problem = "leads out of the project" if _leads_out(written) else ""
    if problem:
        hint = f'write "{CODEOWNERS}", or a file of the project such as "facts/age.csv" or ".json"'
        if did_you_mean(written, (CODEOWNERS,)):
            hint = f"did you mean `{CODEOWNERS}`?"
        message = f"{shown_value(written)} {problem}"
        table.file.report(table.value_span("from"), "E742", message, hint)
    return written


def _leads_out(path: str) -> bool:
    return path.startswith("/") or "\\" in path or ":" in path or ".." in path.split("/")


def _column(table: TomlTable, name: str, elsewhere: str) -> str:
    """The column of the table, called like the facet unless it is given."""
    column = table.text("column")
    if column is not None and not elsewhere.endswith(_TABLES):
        message = "`column` is of a table, and `from` names none"
        hint = 'write `from = "facts/age.csv"`, say, or delete `column`'
        table.file.report(table.key_span("column"), "E704", message, hint)
    return (column or name) if elsewhere.endswith(_TABLES) else ""


def _in_order(missing: tuple[str, ...] | None) -> tuple[str, ...]:
    """Each once, as they are written: the first one is what new manifests have."""
    return ("",) if missing is None else tuple(dict.fromkeys(missing))


def _check_name(facets: TomlTable, name: str) -> None:
    if name in RESERVED_NAMES:
        message = f"`{name}` is a word of the language, so no rule could name this facet"
        hint = f"call it `{name}_value`, say"
    elif not NAME.fullmatch(name):
        message = f"{shown_value(name)} is not a valid facet name"
        hint = "write ASCII letters, digits, `_` and `-`, with a letter first and no `-` last"
    else:
        return
    facets.file.report(facets.key_span(name), "E708", message, hint)


def _relations(table: TomlTable) -> tuple[FacetSource, ...]:
    """Where dependencies and events are, as far as the profile says it."""
    return tuple(_relation(table))


def _relation(table: TomlTable) -> Iterator[FacetSource]:
    for name in ("dependencies", *EVENTS):
        place = _place(table, name, GRAPH_PREFIX + name)
        if place is not None:
            yield FacetSource(place.name, place.locations, place.merge, place.keys, place.take)


def _weight(table: TomlTable, key: str) -> int | None:
    weight = table.number(key)
    if weight is None:
        return None
    micro = weight.scaleb(_PLACES)
    if not 0 < weight <= 1 or micro != micro.to_integral_value():
        message = f"the weight {weight} is not above 0, at most 1, with at most {_PLACES} places"
        table.file.report(table.value_span(key), "E704", message, "write a weight such as 0.40")
        return None
    return int(micro)


def _type(table: TomlTable) -> ValueType:
    name = table.text("type")
    if name is None or name in _TYPES:
        return ValueType(name or ValueType.TEXT)
    hint = did_you_mean(name, _TYPES) or f"write one of {', '.join(_TYPES)}"
    message = f"{shown_value(name)} is not a type of values"
    table.file.report(table.value_span("type"), "E704", message, hint, _TYPES)
    return ValueType.TEXT


def _renamed(table: TomlTable) -> tuple[tuple[str, str], ...]:
    pairs = ((key, table.text(key)) for key in sorted(table.keys()))
    return tuple((key, value) for key, value in pairs if value is not None)
