"""A directory -> the files of a new project in it."""

import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.format.format import format_source
from starlang.init.suggest import (
    FacetEvidence,
    FoundManifests,
    best_evidence,
    carried_ids,
    fit,
    own_profile,
    rule_text,
    search,
)
from starlang.legacy.importing import IMPORTED
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import DEFAULT_FILE_NAME, read_profile
from starlang.manifests.waivers import entries_of, toml
from starlang.project.config import DEFAULT_PROFILE
from starlang.project.files import data_path, write_text
from starlang.project.inputs import built_in_profiles, load_profile, read_text
from starlang.project.manifest_files import load_graph
from starlang.rules.spelling import quoted, spelled
from starlang.syntax.nodes import Entry, Ruleset, StarDecl
from starlang.syntax.parse import parse
from starlang.syntax.words import RESERVED
from starlang.text import Source, counted

# A canon of the labels that manifests carry.

ID = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
"""What an id of the language looks like."""
_DOMAIN = re.compile(r"\(([^()]+)\)\s*$")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINER = "\u200d"


@frozen
class Found:
    """A star as it was found: its label, other spellings, and how many modules carry it."""

    id: str
    label: str
    aliases: tuple[str, ...]
    modules: int


def stars_of(labels: Iterable[Sequence[str]]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The stars that modules carry, the most frequent first, and labels that cannot be one.

    Labels whose first word is the same are one star; the most frequent one is its label.
    """
    written: dict[str, Counter[str]] = {}
    for each in labels:
        for label in filter(None, each):
            written.setdefault(spelled(label), Counter())[label] += 1
    counts = {max(sorted(w), key=w.__getitem__): w.total() for w in written.values()}
    unusable = tuple(sorted(label for label in counts if not _is_usable(label)))
    by_id: dict[str, list[str]] = {}
    for label in sorted(counts, key=lambda label: (-counts[label], label)):
        if label not in unusable:
            star = _id(label)
            same = next((known for known in by_id if known.lower() == star.lower()), star)
            by_id.setdefault(same, []).append(label)
    found = [
        Found(star, ours[0], tuple(ours[1:]), sum(counts[label] for label in ours))
        for star, ours in by_id.items()
    ]
    return tuple(sorted(found, key=lambda star: (-star.modules, star.id))), unusable


def canon_text(stars: Sequence[Found], default: str, modules: int) -> str:
    """The canon as a rule file; `default` is the id of the default star."""
    carried = sum(star.modules for star in stars)
    lines = [
        f"# The stars that the manifests carry: {carried:,} labels in {modules:,} manifests.",
        "# Guessed from them: an id is the first word of a label, further spellings are `aka`,",
        f"# and the default is what most of them carry, {default}. Look it over.",
        "",
        "starlang 1",
    ]
    for star in sorted(stars, key=lambda star: (star.id == default, star.id)):
        lines += ["", *_star(star, is_default=star.id == default)]
    return "\n".join(lines) + "\n"


def _star(star: Found, *, is_default: bool) -> list[str]:
    one = "module carries" if star.modules == 1 else "modules carry"
    told = f"{star.modules:,} {one} it" if star.modules else "an example: give it a name of yours"
    lines = [f"{'default star' if is_default else 'star'} {star.id}  # {told}"]
    if star.label != star.id:
        lines.append(f"  label {quoted(star.label)}")
    if domain := _DOMAIN.search(star.label):
        lines.append(f"  domain {quoted(domain[1])}")
    aliases = [each for each in star.aliases if each != star.id]
    if aliases:
        lines.append(f"  aka {', '.join(map(quoted, aliases))}")
    return lines


def _id(label: str) -> str:
    """The first word of `label` that can be an id."""
    found = ID.search(_without_accents(label))
    if found is None:
        return f"Star_{sum(map(ord, label)) % 1000}"
    return f"{found[0]}_star" if found[0] in RESERVED else found[0]


def _without_accents(label: str) -> str:
    """`label` without accents, since ids are ASCII."""
    decomposed = unicodedata.normalize("NFKD", label)
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def _is_usable(label: str) -> bool:
    """Whether a rule file may hold `label`, and whether there is anything to see in it."""
    unseen = {each for each in label if unicodedata.category(each) in _UNSEEN} - {_JOINER}
    return not unseen and label.strip() == label and label != ""


# The texts of the files of a new project.

WORKFLOW = """\
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
      - run: pip install starlang
      - run: starlang check --format github
      - run: starlang test
      - run: starlang plan --format github
"""

EXAMPLE = """\
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


def config_text(
    manifests: str,
    profile: str,
    known: Iterable[Diagnostic],
    file_name: str,
    rules: "ProjectRules | None" = None,
) -> str:
    """The config; what is wrong with manifests already is set aside in it.

    `rules` are those that are there already. If they were imported, the files of a run have the
    names that the readers of the older ones know.
    """
    lines = [
        "# Where the rules and manifests are, and which shape the manifests have.",
        "",
        "[project]",
        f"rules = {toml(rules.path if rules else _MAIN)}",
        f"manifests = {toml(manifests)}",
        f"profile = {toml(profile)}",
    ]
    if rules and rules.imported:
        lines += ["", "[audit]", f"prefix = {toml(_PREFIX)}"]
    errors = [each for each in known if each.is_error]
    root = "" if manifests == "." else manifests
    for entry in entries_of(errors, root, (file_name,)):
        lines += ["", *entry.lines("was so before starlang came; look it over")]
    return "\n".join(lines) + "\n"


def main_text(directory: Path, rule: str) -> str:
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


def laid_out(text: str) -> str:
    """A rule file in its canonical layout."""
    return format_source(Source("new.star", text)).text or text


def _name(directory: Path) -> str:
    found = ID.search(directory.resolve().name)
    name = found[0] if found else "project"
    return "project" if name in RESERVED else name


_MAIN = "rules/main.star"
_PREFIX = "phase4"
"""What the files of a run begin with if the rules were imported from the older JSON."""
_OWN_PROFILE = "configs/profile.toml"
_EXAMPLE_STAR = Found("Example", "Example", (), 0)


@frozen
class Start:
    """The files of a new project, relative to its directory, and what to tell of them.

    `rules` is the root rule file, and `told` are (what, sentence) pairs.
    """

    files: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str], ...]
    rules: str = _MAIN


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


@frozen
class _Shape:
    """The profile that fits, its text if it is a new one, and the manifests read with it."""

    name: str
    text: str
    graph: ModuleGraph = field(repr=False)
    words: str


def prepare(directory: Path, *, file: str | None, manifests: str | None) -> Start:
    """What `directory` gets; nothing is written.

    `file` is what manifests are called, and `manifests` the directory below which they
    lie, where the caller knows it.
    """
    found = search(directory, file, manifests)
    rules = _rules_in(directory)
    if not found.count:
        return _empty(directory, found, rules)
    shape = _shape(directory, found)
    stars, unusable = stars_of(shape.graph.stars)
    default, canon = _canon(stars, len(shape.graph))
    evidence = _evidence(shape.graph, stars, default)
    known = [each for each in shape.graph.problems if each.is_error]
    profile = shape.name if not shape.text else _OWN_PROFILE
    files = [
        ("configs/starlang.toml", config_text(found.root, profile, known, found.name, rules)),
        *_first_rules(directory, evidence, canon, rules),
        *([(_OWN_PROFILE, shape.text)] if shape.text else []),
        *_workflow(directory),
    ]
    where = "this directory" if found.root == "." else found.root
    told = [
        ("manifests", f"{found.count:,} called {found.name}, below {where}"),
        ("shape", shape.words),
        *_rules_told(rules, _stars_words(stars, default), _rule_words(evidence)),
        *_known_words(known),
    ]
    if rules is None:
        words = "no rule file can hold it"
        told += [("left out", f"the label {label!r}: {words}") for label in unusable]
    return Start(tuple(files), tuple(told), rules.path if rules else _MAIN)


def _first_rules(
    directory: Path, evidence: FacetEvidence, canon: str, rules: ProjectRules | None
) -> list[tuple[str, str]]:
    """A first rule and a canon; none where rules are there already."""
    if rules is not None:
        return []
    text = main_text(directory, rule_text(evidence))
    return [(_MAIN, text), ("rules/canon.star", canon)]


def _rules_told(rules: ProjectRules | None, stars: str, rule: str) -> list[tuple[str, str]]:
    return [("stars", stars), ("rule", rule)] if rules is None else [("rules", rules.words)]


def write(directory: Path, files: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Writes files that are not there yet; what is wrong in words, and then none is written."""
    existing = [name for name, _ in files if os.path.lexists(directory / name)]
    if existing:
        return (f"already there, and never replaced: {', '.join(existing)}",)
    for name, text in files:
        path = directory / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return (f"{path.parent} cannot be made: {error.strerror}",)
        if problem := write_text(path, text):
            return (problem,)
    return ()


def _empty(directory: Path, found: FoundManifests, rules: ProjectRules | None) -> Start:
    """A project with the canon that ships with the program, and one manifest as an example."""
    canon = data_path("rules", "canon.star").read_text(encoding="utf-8")
    declarations = parse(Source("canon.star", canon)).file.declarations
    stars = [each for each in declarations if isinstance(each, StarDecl)]
    ids = [star.name.text for star in stars if not star.is_default]
    evidence = FacetEvidence("path", "example", ids[0], 0, 0)
    manifest = f"{found.root}/example/first/{DEFAULT_FILE_NAME}"
    files = [
        (
            "configs/starlang.toml",
            config_text(found.root, DEFAULT_PROFILE, (), DEFAULT_FILE_NAME, rules),
        ),
        *_first_rules(directory, evidence, canon, rules),
        (manifest, EXAMPLE),
        *_workflow(directory),
    ]
    told = [("manifests", f"none called {found.name}; {manifest} is an example")]
    if found.others:
        others = ", ".join(f"{name} ({count:,})" for name, count in found.others)
        told.append(("", f"the JSON files here are {others}: if those are manifests, --file NAME"))
    if rules is None:
        told.append(("stars", "none found; the canon that ships with starlang, to be replaced"))
    else:
        told.append(("rules", rules.words))
    return Start(tuple(files), tuple(told), rules.path if rules else _MAIN)


def _shape(directory: Path, found: FoundManifests) -> _Shape:
    """The built-in profile that reads most of the manifests, or one of their own."""
    graphs = {
        name: _graph(directory, found, profile)
        for name in (DEFAULT_PROFILE, *built_in_profiles())
        if isinstance(profile := load_profile(name, directory), Profile)
        and found.name in profile.file_names
    }
    fits = {name: fit(graph) for name, graph in graphs.items()}
    best = max(fits, key=lambda name: fits[name].rank, default="")
    documents = graphs[best].documents if best else _read_plainly(directory, found).documents
    text, pointer, carrying = own_profile(documents, found.name)
    if best and (fits[best].rank > (0, 0)) and fits[best].carrying >= carrying:
        return _Shape(best, "", graphs[best], f"{best}: {fits[best].words(len(documents))}")
    graph = _read_with(directory, found, text)
    words = fit(graph).words(len(graph))
    place = f"stars at {pointer}" if pointer else "no key speaks of a star"
    return _Shape(_OWN_PROFILE, text, graph, f"one of its own, {_OWN_PROFILE}: {place}; {words}")


def _read_plainly(directory: Path, found: FoundManifests) -> ModuleGraph:
    """The manifests, whatever their shape."""
    name = json.dumps(found.name, ensure_ascii=False)
    return _read_with(directory, found, f'file = {name}\n[stars]\nprimary = "/star"\n')


def _read_with(directory: Path, found: FoundManifests, text: str) -> ModuleGraph:
    """The manifests, read with the profile of `text`, which is made here and so is right."""
    profile, problems = read_profile(_OWN_PROFILE, Source(_OWN_PROFILE, text))
    if profile is None:
        raise RuntimeError("; ".join(each.message for each in problems))
    return _graph(directory, found, profile)


def _graph(directory: Path, found: FoundManifests, profile: Profile) -> ModuleGraph:
    return load_graph(directory / found.root, project_root=directory, profile=profile)


def _canon(stars: Sequence[Found], modules: int) -> tuple[str, str]:
    """The id of the default star, and the canon."""
    known = list(stars)
    if not known:
        known.append(Found("Plain", "Plain", (), 0))
    default = known[0].id
    if len(known) == 1:
        known.append(_EXAMPLE_STAR)
    return default, laid_out(canon_text(known, default, modules))


def _evidence(graph: ModuleGraph, stars: Sequence[Found], default: str) -> FacetEvidence:
    ids = {spelled(label): star.id for star in stars for label in (star.label, *star.aliases)}
    labels = [[spelled(label) for label in each[:1]] for each in graph.stars]
    best = best_evidence(graph, carried_ids(labels, ids), default)
    if best is not None:
        return best
    star = next((star.id for star in stars if star.id != default), _EXAMPLE_STAR.id)
    return FacetEvidence("path", star.lower(), star, 0, 0)


def _workflow(directory: Path) -> list[tuple[str, str]]:
    """The check for pull requests, where GitHub would find it: at the top of a repository."""
    is_top = (directory / ".git").exists() or not directory.is_dir() or not any(directory.iterdir())
    return [(".github/workflows/starlang.yml", WORKFLOW)] if is_top else []


def _stars_words(stars: Sequence[Found], default: str) -> str:
    if not stars:
        return f"none carried yet; the default is called {default}, and {_EXAMPLE_STAR.id} is one"
    found = ", ".join(f"{star.id} {star.modules:,}" for star in stars)
    return f"{found}; the default is {default}, the most frequent one"


def _rule_words(evidence: FacetEvidence) -> str:
    what = f"{evidence.facet} {evidence.value} -> {evidence.star}"
    if not evidence.modules:
        return f"{what}, an example to be replaced"
    return f"{what}, which {evidence.carrying:,} of {evidence.modules:,} such modules carry now"


def _known_words(known: Sequence[Diagnostic]) -> list[tuple[str, str]]:
    if not known:
        return []
    codes = sorted({each.code for each in known})
    count = f"{counted(len(known), 'finding')} about manifests ({', '.join(codes)})"
    return [("set aside", f"{count}, with an entry each in the config: look them over")]
