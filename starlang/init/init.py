"""A directory -> the files of a new project in it."""

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.init.canon import Canon, canon_of, laid_out, shipped_canon
from starlang.init.first_rule import FacetEvidence, first_evidence, rule_text
from starlang.init.found import (
    OWN_PROFILE,
    Place,
    Reading,
    Wanted,
    graph_with,
    manifest_files,
    place_of,
    plain_reading,
    readings_of,
)
from starlang.init.suggest import (
    StarField,
    field_at,
    fit,
    made_profile,
    new_text,
    own_text,
    star_fields,
    usual_field,
)
from starlang.legacy.importing import IMPORTED
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import DEFAULT_FILE_NAME
from starlang.manifests.waivers import entries_of, toml
from starlang.project.config import DEFAULT_PROFILE
from starlang.project.files import led_out, write_text
from starlang.project.inputs import built_in_profiles, load_profile, read_text
from starlang.rules.spelling import NAME
from starlang.syntax.nodes import Entry, Ruleset
from starlang.syntax.parse import parse
from starlang.syntax.words import RESERVED
from starlang.text import Source, counted

# The texts of the files of a new project.

_WORKFLOW = """\
# Checks the star rules in every pull request.

name: starlang
on: [pull_request]

jobs:
  rules:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-python@v6
        with:
          python-version: "3.12"
      - run: pip install '{package}'
      - run: starlang check --format github
      - run: starlang test
      - run: starlang plan --format github
"""

_ATTRIBUTES = """\
# Rule files have the same bytes on every system, and are not Starlark.
*.star text eol=lf linguist-language=Text
# What a run records is compared byte for byte.
docs/audits/** -text
"""

_EXAMPLE = """\
{
  "schema_version": "1.1.0",
  "module": {
    "name": "example.first",
    "path": "example/first"
  },
  "constellation_alignment": {
    "primary_star": ""
  },
  "metadata": {
    "owner": "unassigned"
  }
}
"""
"""A manifest for a project that has none yet."""

_MAIN = "rules/main.star"
_CANON = "rules/canon.star"
_CONFIG = "configs/starlang.toml"
_PREFIX = "phase4"
"""What the files of a run begin with if the rules were imported from the older JSON."""


@frozen
class ProjectRules:
    """Rules that are there already, by the path of their root file.

    `others` are further root files; `imported` is what the rules were imported from, or "".
    """

    path: str
    others: tuple[str, ...]
    imported: str

    @property
    def words(self) -> str:
        """Which rules these are, for whoever started the project."""
        source = f", imported from {self.imported}" if self.imported else ""
        beside = f"; {', '.join(self.others)}: root files, too" if self.others else ""
        return f"{self.path}, which is there already{source}{beside}"


@frozen
class _Settings:
    """What the config says, but for what is wrong with manifests already."""

    place: Place
    profile: str
    rules: ProjectRules | None = None
    allows_uppercase: bool = False

    def text(self) -> str:
        """The config."""
        prefix = ["", "[audit]", f"prefix = {toml(_PREFIX)}"]
        ignored = ", ".join(map(toml, self.place.ignored))
        uppercase = 'uppercase = "allow" # names are what they are beside code'
        lines = [
            "# Where the rules and manifests are, and which shape the manifests have.",
            "",
            "[project]",
            f"rules = {toml(self.rules.path if self.rules else _MAIN)}",
            *self.place.lines(),
            f"profile = {toml(self.profile)}",
            *(prefix if self.rules and self.rules.imported else []),
            "",
            "[guards]",
            f"ignore = [{ignored}] # never read; nor is what git ignores, beside code",
            *([uppercase] if self.allows_uppercase else []),
        ]
        return "\n".join(lines) + "\n"

    def text_with(self, known: Iterable[Diagnostic], names: Sequence[str]) -> str:
        """The config, with an entry for each of the findings `known`."""
        lines = [self.text().rstrip("\n")]
        for entry in entries_of(known, self.place.shown, names):
            lines += ["", *entry.lines("was so before starlang came; look it over")]
        return "\n".join(lines) + "\n"


def _main_text(directory: Path, rule: str) -> str:
    """The root rule file."""
    return laid_out(f"""# Which star a module has. To see what these rules do: starlang plan

starlang 1

ruleset {_name(directory)} "0.1"

use "canon.star"

confidence {{
  suggest 0.50
  promote 0.70
}}

ceilings {{
  at most 50 promoted  # as many as a reviewer reads; more are deferred
  on breach defer
}}

{rule}""")


def _name(directory: Path) -> str:
    found = NAME.search(directory.resolve().name)
    name = found[0] if found else "project"
    return "project" if name in RESERVED else name


# From what is there to the files.

Told = tuple[tuple[str, str], ...]
"""What was found, as (subject, sentence) pairs."""


@frozen
class Start:
    """The files of a new project, relative to its directory, and what to tell of them.

    `rules` is the root rule file.
    """

    files: tuple[tuple[str, str], ...]
    told: Told
    rules: str = _MAIN


@frozen
class Undecided:
    """Several fields could be the role of a module, and which one it is nobody can guess.

    `usual` is the pointer that the built-in profile `profile` has for it, "" for none.
    """

    fields: tuple[StarField, ...]
    told: Told
    modules: int
    usual: str = ""
    profile: str = ""


def prepare(directory: Path, wanted: Wanted) -> Start | Undecided:
    """What `directory` gets, or between what the caller has to choose; nothing is written."""
    files = list(manifest_files(directory / wanted.manifests))
    names = Counter(file.rpartition("/")[2] for file in files)
    rules = _rules_in(directory)
    readings = readings_of(directory, wanted, names)
    reading = readings[0] if readings else plain_reading(directory, wanted, names)
    if reading is None or not reading.graph.paths:
        return _empty(directory, wanted, names, rules)
    place = place_of(directory, reading, wanted)
    where = f"{len(reading.graph):,} called {reading.called}, below {place.words}"
    others = [
        f"{each.called} ({each.profile})" for each in readings[1:] if each.names != reading.names
    ]
    told = [("manifests", where)]
    if others:
        told.append(("", f"there are manifests called {', '.join(others)}, too: --file NAME"))
    chosen = _choose(reading, wanted)
    if isinstance(chosen, tuple):
        shape = (reading.profile, _shape_words(reading.profile, reading.graph))
        usual = usual_field(reading.graph) if reading.profile else None
        return Undecided(
            chosen,
            (*told, ("shape", shape[1])) if reading.profile else tuple(told),
            len(reading.graph),
            usual.pointer if usual else "",
            reading.profile,
        )
    return _start(directory, wanted, _Chosen(reading, place, chosen, rules), told)


def _choose(reading: Reading, wanted: Wanted) -> StarField | tuple[StarField, ...]:
    """The field of the star, or those among which nobody but the caller can choose."""
    if wanted.star:
        return field_at(reading.graph, wanted.star)
    fields = star_fields(reading.graph)
    named = [each for each in fields if each.is_named]
    if named:
        return named[0]
    if reading.profile and not usual_field(reading.graph):
        # What the built-in profile reads as a facet is known to be something else.
        known = {at for facet in reading.graph.profile.facets for at in facet.locations}
        fields = tuple(each for each in fields if each.pointer not in known)
    if len(fields) > 1:
        return fields
    stars = reading.graph.profile.shapes[0].stars.first
    return fields[0] if fields else field_at(reading.graph, stars.locations[0])


@frozen
class _Chosen:
    """All that the files of a project are made from."""

    reading: Reading
    place: Place
    star: StarField
    rules: ProjectRules | None

    def profile_text(self, directory: Path) -> str:
        """The profile of the project, "" if it is a built-in one."""
        profile = self.reading.graph.profile
        if not self.reading.profile:
            shipped = (DEFAULT_PROFILE, *built_in_profiles())
            loaded = [load_profile(each, directory) for each in shipped]
            known = [each for each in loaded if isinstance(each, Profile)]
            return new_text(self.reading.graph, self.reading.names[0], self.star, known)
        usual = {at for shape in profile.shapes for at in shape.stars.first.locations}
        if usual & {self.star.pointer, f"{self.star.pointer}/*"}:
            return ""
        return own_text(self.reading.profile, self.star, directory)

    @property
    def has_uppercase(self) -> bool:
        """Whether names of directories beside code have uppercase letters."""
        return self.place.is_mixed and any(
            each.code == "E602" for each in self.reading.graph.problems
        )


def _start(directory: Path, wanted: Wanted, chosen: _Chosen, told: list[tuple[str, str]]) -> Start:
    text, rules = chosen.profile_text(directory), chosen.rules
    name = OWN_PROFILE if text else chosen.reading.profile
    profile = made_profile(name, text, directory) if text else chosen.reading.graph.profile
    settings = _Settings(chosen.place, name, rules, chosen.has_uppercase)
    graph = graph_with(directory, settings.text(), profile)
    known = [each for each in graph.problems if each.is_error]
    canon = canon_of(graph.stars)
    first = first_evidence(graph, canon, (chosen.star.pointer, f"{chosen.star.pointer}/*"))
    files = [
        (_CONFIG, settings.text_with(known, profile.file_names)),
        *_first_rules(directory, first, canon, len(graph), rules),
        *([(OWN_PROFILE, text)] if text else []),
    ]
    told += [
        ("shape", _shape_words(name, graph)),
        ("star", _star_words(_star_in(graph, chosen.star.pointer), len(graph))),
        *_rules_told(rules, canon, first),
        *_known_words(known),
    ]
    return _finished(directory, wanted, files, told, rules)


def _finished(
    directory: Path,
    wanted: Wanted,
    files: Sequence[tuple[str, str]],
    told: Sequence[tuple[str, str]],
    rules: ProjectRules | None,
) -> Start:
    """The project with what lies beside its rules."""
    more, said = [], []
    if rules is None and (directory / ".gitattributes").is_file():
        said.append(("", "your .gitattributes stays; `*.star text eol=lf` belongs into it"))
    elif rules is None:
        more.append((".gitattributes", _ATTRIBUTES))
    if wanted.package:
        text = _WORKFLOW.replace("{package}", wanted.package)
        more.append((".github/workflows/starlang.yml", text))
    else:
        said.append(("workflow", "none; --workflow PACKAGE writes one that installs PACKAGE"))
    path = rules.path if rules else _MAIN
    return Start((*files, *more), (*told, *said), path)


def _first_rules(
    directory: Path,
    first: FacetEvidence,
    canon: Canon,
    modules: int,
    rules: ProjectRules | None,
) -> list[tuple[str, str]]:
    """A first rule and a canon; none where rules are there already."""
    if rules is not None:
        return []
    return [(_MAIN, _main_text(directory, rule_text(first))), (_CANON, canon.text(modules))]


def _rules_told(
    rules: ProjectRules | None, canon: Canon, first: FacetEvidence
) -> list[tuple[str, str]]:
    if rules is not None:
        return [("rules", rules.words)]
    unusable = [
        ("left out", f"the label {label!r}: no rule file can hold it") for label in canon.unusable
    ]
    return [("stars", canon.words), ("rule", first.words), *unusable]


def _shape_words(name: str, graph: ModuleGraph) -> str:
    own = f"one of its own, {name}" if name == OWN_PROFILE else name
    return f"{own}: {fit(graph).words(len(graph))}"


def _star_in(graph: ModuleGraph, pointer: str) -> StarField:
    """The field of the star as the chosen profile reads it."""
    usual = usual_field(graph)
    return usual if usual and usual.pointer == pointer else field_at(graph, pointer)


def _star_words(star: StarField, modules: int) -> str:
    if not star.carrying:
        return f"at {star.pointer}, which no manifest has yet"
    return f"at {star.pointer}, which {star.carrying:,} of {modules:,} manifests have"


def _known_words(known: Sequence[Diagnostic]) -> list[tuple[str, str]]:
    if not known:
        return []
    codes = sorted({each.code for each in known})
    count = f"{counted(len(known), 'finding')} about manifests ({', '.join(codes)})"
    return [("set aside", f"{count}, with an entry each in the config: look them over")]


def _empty(
    directory: Path, wanted: Wanted, names: Counter[str], rules: ProjectRules | None
) -> Start:
    """A project with the canon that ships with the program, and one manifest as an example."""
    text, stars = shipped_canon()
    star = next(each.name.text for each in stars if not each.is_default)
    first = FacetEvidence("path", "example", star)
    place = Place((wanted.manifests or "manifests",))
    manifest = f"{place.manifests[0]}/example/first/{DEFAULT_FILE_NAME}"
    files = [(_CONFIG, _Settings(place, DEFAULT_PROFILE, rules).text())]
    if rules is None:
        files += [(_MAIN, _main_text(directory, rule_text(first))), (_CANON, text)]
    files.append((manifest, _EXAMPLE))
    called = wanted.file or DEFAULT_FILE_NAME
    told = [("manifests", f"none called {called}; {manifest} is an example")]
    if names:
        most = ", ".join(f"{name} ({count:,})" for name, count in names.most_common(3))
        told.append(("", f"the files here are {most}: if those are manifests, --file NAME"))
    words = "none found; the canon that ships with starlang, to be replaced"
    told.append(("rules", rules.words) if rules else ("stars", words))
    return _finished(directory, wanted, files, told, rules)


def _rules_in(directory: Path) -> ProjectRules | None:
    """The rules that lie in `directory` or in a directory of it; None where no file is a root."""
    roots: dict[str, str] = {}
    for path in sorted([*directory.glob("*.star"), *directory.glob("[!.]*/*.star")]):
        name = path.relative_to(directory).as_posix()
        text = read_text(path, name)
        if isinstance(text, str):
            declarations = parse(Source(name, text)).file.declarations
            for each in declarations:
                if isinstance(each, Ruleset):
                    roots[name] = next(
                        (e.values[0].text for e in each.entries if _is_source(e)), ""
                    )
    if not roots:
        return None
    first, *others = sorted(roots, key=lambda name: (not roots[name], name))
    return ProjectRules(first, tuple(others), roots[first])


def _is_source(entry: Entry) -> bool:
    return entry.name.text == IMPORTED and bool(entry.values)


def write(directory: Path, files: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Writes files that are not there yet; what is wrong in words, and then none is written."""
    existing = [name for name, _ in files if os.path.lexists(directory / name)]
    if existing:
        return (f"already there, and never replaced: {', '.join(existing)}",)
    if problem := led_out((directory / name for name, _ in files), directory, Path.cwd()):
        return (problem,)
    for name, text in files:
        path = directory / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return (f"{path.parent} cannot be made: {error.strerror}",)
        if problem := write_text(path, text):
            return (problem,)
    return ()
