"""A directory -> the files of a new project in it."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic
from starlang.manifests.graph import ModuleGraph
from starlang.manifests.profile import Profile
from starlang.manifests.profile_file import DEFAULT_FILE_NAME, read_profile
from starlang.rulesets.labels import spelled
from starlang.syntax.nodes import StarDecl
from starlang.syntax.parse import parse
from starlang.text import Source, counted
from starlang.workspace.config import DEFAULT_PROFILE
from starlang.workspace.data import data_path
from starlang.workspace.inputs import built_in_profiles, load_profile
from starlang.workspace.starting.canon import Found, canon_text, stars_of
from starlang.workspace.starting.first_rule import (
    Evidence,
    best_evidence,
    carried_ids,
    rule_text,
)
from starlang.workspace.starting.search import Search, search
from starlang.workspace.starting.shape import fit, own_profile
from starlang.workspace.starting.texts import (
    EXAMPLE,
    WORKFLOW,
    config_text,
    laid_out,
    main_text,
)
from starlang.workspace.tree import load_graph
from starlang.workspace.writing import write_text

_OWN_PROFILE = "configs/profile.toml"
_EXAMPLE_STAR = Found("Example", "Example", (), 0)


@frozen
class Start:
    """The files of a new project, relative to its directory, and what to tell of them.

    `told` are (what, sentence) pairs.
    """

    files: tuple[tuple[str, str], ...]
    told: tuple[tuple[str, str], ...]


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
    if not found.count:
        return _empty(directory, found)
    shape = _shape(directory, found)
    stars, unusable = stars_of(shape.graph.stars)
    default, canon = _canon(stars, len(shape.graph))
    evidence = _evidence(shape.graph, stars, default)
    known = [each for each in shape.graph.problems if each.is_error]
    profile = shape.name if not shape.text else _OWN_PROFILE
    files = [
        ("configs/starlang.toml", config_text(found.root, profile, known, found.name)),
        ("rules/main.star", main_text(directory, rule_text(evidence))),
        ("rules/canon.star", canon),
        *([(_OWN_PROFILE, shape.text)] if shape.text else []),
        *_workflow(directory),
    ]
    where = "this directory" if found.root == "." else found.root
    told = [
        ("manifests", f"{found.count:,} called {found.name}, below {where}"),
        ("shape", shape.words),
        ("stars", _stars_words(stars, default)),
        ("rule", _rule_words(evidence)),
        *_known_words(known),
        *(("left out", f"the label {label!r}: no rule file can hold it") for label in unusable),
    ]
    return Start(tuple(files), tuple(told))


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


def _empty(directory: Path, found: Search) -> Start:
    """A project with the canon that ships with the program, and one manifest as an example."""
    canon = data_path("rules", "canon.star").read_text(encoding="utf-8")
    declarations = parse(Source("canon.star", canon)).file.declarations
    stars = [each for each in declarations if isinstance(each, StarDecl)]
    ids = [star.name.text for star in stars if not star.is_default]
    rule = rule_text(Evidence("path", "example", ids[0], 0, 0))
    manifest = f"{found.root}/example/first/{DEFAULT_FILE_NAME}"
    files = [
        ("configs/starlang.toml", config_text(found.root, DEFAULT_PROFILE, (), DEFAULT_FILE_NAME)),
        ("rules/main.star", main_text(directory, rule)),
        ("rules/canon.star", canon),
        (manifest, EXAMPLE),
        *_workflow(directory),
    ]
    told = [("manifests", f"none called {found.name}; {manifest} is an example")]
    if found.others:
        others = ", ".join(f"{name} ({count:,})" for name, count in found.others)
        told.append(("", f"the JSON files here are {others}: if those are manifests, --file NAME"))
    told.append(("stars", "none found; the canon that ships with starlang, to be replaced"))
    return Start(tuple(files), tuple(told))


def _shape(directory: Path, found: Search) -> _Shape:
    """The built-in profile that reads most of the manifests, or one of their own."""
    graphs = {
        name: _graph(directory, found, profile)
        for name in (DEFAULT_PROFILE, *built_in_profiles())
        if isinstance(profile := load_profile(name, directory), Profile)
        and found.name == profile.file_name
    }
    fits = {name: fit(graph) for name, graph in graphs.items()}
    best = max(fits, key=lambda name: fits[name].rank, default="")
    documents = graphs[best].documents if best else _plain(directory, found).documents
    text, pointer, carrying = own_profile(documents, found.name)
    if best and (fits[best].rank > (0, 0)) and fits[best].carrying >= carrying:
        return _Shape(best, "", graphs[best], f"{best}: {fits[best].words(len(documents))}")
    graph = _read_with(directory, found, text)
    words = fit(graph).words(len(graph))
    place = f"stars at {pointer}" if pointer else "no key speaks of a star"
    return _Shape(_OWN_PROFILE, text, graph, f"one of its own, {_OWN_PROFILE}: {place}; {words}")


def _plain(directory: Path, found: Search) -> ModuleGraph:
    """The manifests, whatever their shape."""
    name = json.dumps(found.name, ensure_ascii=False)
    return _read_with(directory, found, f'file = {name}\n[stars]\nprimary = "/star"\n')


def _read_with(directory: Path, found: Search, text: str) -> ModuleGraph:
    """The manifests, read with the profile of `text`, which is made here and so is right."""
    profile, problems = read_profile(_OWN_PROFILE, Source(_OWN_PROFILE, text))
    if profile is None:
        raise RuntimeError("; ".join(each.message for each in problems))
    return _graph(directory, found, profile)


def _graph(directory: Path, found: Search, profile: Profile) -> ModuleGraph:
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


def _evidence(graph: ModuleGraph, stars: Sequence[Found], default: str) -> Evidence:
    ids = {spelled(label): star.id for star in stars for label in (star.label, *star.aliases)}
    labels = [[spelled(label) for label in each[:1]] for each in graph.stars]
    best = best_evidence(graph, carried_ids(labels, ids), default)
    if best is not None:
        return best
    star = next((star.id for star in stars if star.id != default), _EXAMPLE_STAR.id)
    return Evidence("path", star.lower(), star, 0, 0)


def _workflow(directory: Path) -> list[tuple[str, str]]:
    """The check for pull requests, where GitHub would find it: at the top of a repository."""
    is_top = (directory / ".git").exists() or not directory.is_dir() or not any(directory.iterdir())
    return [(".github/workflows/starlang.yml", WORKFLOW)] if is_top else []


def _stars_words(stars: Sequence[Found], default: str) -> str:
    if not stars:
        return f"none carried yet; the default is called {default}, and {_EXAMPLE_STAR.id} is one"
    found = ", ".join(f"{star.id} {star.modules:,}" for star in stars)
    return f"{found}; the default is {default}, the most frequent one"


def _rule_words(evidence: Evidence) -> str:
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
