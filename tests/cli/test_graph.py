"""`starlang graph`: the same graph in words, as JSON, as a drawing and as a page."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import networkx as nx
import pytest
from playwright.sync_api import Browser
from program.browser import browser, opened
from program.documents import Graph, by_path, complaints, graph_of, plan_of
from program.projects import Project
from program.run import starlang, succeed
from program.tools import needs

pytestmark = pytest.mark.requirement("R15")

USES = {"b": ["a", "a/x"], "c": ["a"], "a/x": ["c"]}
EVENTS = {"a": (["up"], []), "c": ([], ["up"]), "d": (["gone"], ["up"])}


def related(project: Project) -> Project:
    """Five modules with every relation, one of them promoted."""
    project.rules('rule x -> Trail weight 0.9 when path is "a/x"')
    for path in ("a", "a/x", "b", "c", "d"):
        file = project.manifest(path)
        if path in EVENTS:
            publishes, subscribes = EVENTS[path]
            document = json.loads(file.read_text("utf-8"))
            document["observability"] = {
                "events": {"publishes": publishes, "subscribes": subscribes}
            }
            file.write_text(json.dumps(document), "utf-8")
    project.write("imports.json", json.dumps({"imports": USES}))
    project.config('[graph]\nimports = "imports.json"\n')
    return project


def ask(root: Path, *arguments: str) -> Graph:
    done = succeed("graph", *arguments, "--format", "json", cwd=root)
    assert complaints("graph", done.out) == []
    return graph_of(done.out)


def pairs(graph: Graph, relation: str) -> list[tuple[str, str]]:
    return [
        (edge["from"], edge.get("to") or edge["event"])
        for edge in graph["edges"]
        if edge["relation"] == relation
    ]


@pytest.mark.requirement("R44")
def test_derived_values_are_shown_with_what_they_come_from(project: Project) -> None:
    """A name, and values that are filled in; the manifest of `b` says the same as a derivation."""
    related(project)
    project.rules(
        'derive near yes when uses modules under "a/x"\n'
        'derive owner team when near is yes or path is "c"\n'
        "rule x -> Trail weight 0.9 when owner is team"
    )
    project.manifest("b", owner="team")

    derived = {each["path"]: each.get("derived") for each in ask(project.root)["modules"]}

    assert derived == {
        "a": None,
        "a/x": None,
        "b": [
            {
                "facet": "near",
                "value": "yes",
                "own": False,
                "derivations": ["derive near yes"],
                "sources": ["graph"],
            },
            {
                "facet": "owner",
                "value": "team",
                "own": True,
                "derivations": ["derive owner team"],
                "sources": ["graph"],
            },
        ],
        "c": [
            {
                "facet": "owner",
                "value": "team",
                "own": False,
                "derivations": ["derive owner team"],
                "sources": ["path"],
            }
        ],
        "d": None,
    }
    text = " ".join(succeed("graph", "b", cwd=project.root).text.split())
    assert 'near: yes, derived from uses "a/x" by derive near yes (rules/main.star:10:1)' in text
    assert "owner: team, which derive owner team" in text


def test_the_whole_graph_has_every_edge(project: Project) -> None:
    graph = ask(related(project).root)

    assert pairs(graph, "uses") == [("a/x", "c"), ("b", "a"), ("b", "a/x"), ("c", "a")]
    assert pairs(graph, "contains") == [("a", "a/x")]
    assert pairs(graph, "publishes") == [("a", "up"), ("d", "gone")]
    assert pairs(graph, "subscribes") == [("c", "up"), ("d", "up")]
    assert graph["events"] == ["gone", "up"]
    stars = [(each["path"], each["before"], each["after"]) for each in graph["modules"]]
    assert stars[1] == ("a/x", "Supporting", "Trail")
    assert {each[1:] for each in stars[:1] + stars[2:]} == {("Supporting", "Supporting")}


@pytest.mark.parametrize(
    ("arguments", "distances"),
    [
        (("b",), {"b": 0, "a": 1, "a/x": 1}),
        (("b", "--depth", "2"), {"b": 0, "a": 1, "a/x": 1, "c": 2, "d": 2}),
        (("b", "--depth", "2", "--relation", "uses"), {"b": 0, "a": 1, "a/x": 1, "c": 2}),
        (("a/x", "--relation", "contains"), {"a/x": 0, "a": 1}),
        (("d", "--relation", "events"), {"d": 0, "a": 1, "c": 1}),
        (("d", "--relation", "uses"), {"d": 0}),
        (("a", "d"), {"a": 0, "d": 0, "a/x": 1, "b": 1, "c": 1}),
        (("b", "--under", "a/*"), {"b": 0, "a/x": 1}),
        (("b", "--star", "Trail"), {"b": 0, "a/x": 1}),
        (("manifests/b/module.manifest.json",), {"b": 0, "a": 1, "a/x": 1}),
    ],
)
def test_what_lies_around_a_module(
    project: Project, arguments: tuple[str, ...], distances: dict[str, int]
) -> None:
    graph = ask(related(project).root, *arguments)

    assert {each["path"]: each["distance"] for each in graph["modules"]} == distances


def test_distances_are_those_of_another_program(project: Project) -> None:
    """Random graphs, against networkx."""
    chance = Random(4)  # noqa: S311 -- no secret
    paths = [f"{area}/m{number}" for area in "pqr" for number in range(12)]
    uses = {path: chance.sample(paths, chance.randrange(3)) for path in paths}
    project.rules("rule nothing -> Trail when path mentions nowhere")
    for path in paths:
        project.manifest(path)
    project.write("imports.json", json.dumps({"imports": uses}))
    project.config('[graph]\nimports = "imports.json"\n')
    other = nx.Graph((path, to) for path, found in uses.items() for to in found if to != path)
    other.add_nodes_from(paths)

    for focus in paths[::7]:
        for depth in (1, 2, 4):
            graph = ask(project.root, focus, "--depth", str(depth))
            found = {each["path"]: each["distance"] for each in graph["modules"]}
            assert found == nx.single_source_shortest_path_length(other, focus, depth)
            directed = {(p, to) for p in found for to in uses[p] if to in found and to != p}
            assert set(pairs(graph, "uses")) == directed


def test_a_filter_chooses_modules_of_the_whole(project: Project) -> None:
    root = related(project).root

    assert [each["path"] for each in ask(root, "--under", "a/*")["modules"]] == ["a/x"]
    assert [each["path"] for each in ask(root, "--star", "Trail")["modules"]] == ["a/x"]


def test_the_words_of_the_text(project: Project) -> None:
    root = related(project).root
    said = succeed("graph", "a", cwd=root).text

    assert said.splitlines()[0] == "a  Supporting"
    assert [line.split() for line in said.splitlines()[1:5]] == [
        ["contains", "a/x", "Supporting", "→", "Trail"],
        ["used", "by", "b", "Supporting"],
        ["c", "Supporting"],
        ["publishes", "up", "subscribed", "to", "by", "c", "and", "1", "more"],
    ]
    assert succeed("graph", "d", "--relation", "uses", cwd=root).text.splitlines()[1] == (
        "  nothing is joined to it by uses"
    )


def test_long_lists_are_cut_and_say_so(project: Project) -> None:
    project.rules("rule nothing -> Trail when path mentions nowhere")
    for number in range(12):
        project.manifest(f"in/m{number:02}")
    project.manifest("in")
    said = succeed("graph", "in", cwd=project.root).text
    whole = succeed("graph", "in", "--limit", "0", cwd=project.root).text

    assert "in/m09" in said
    assert "in/m10" not in said
    assert "and 2 more (--limit 0 lists all)" in said
    assert "in/m11" in whole
    assert "more" not in whole


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--depth", "2"), 2, "give it together with MODULES"),
        (("b", "--depth", "0"), 2, "x>=1"),
        (("--star", "Trial"), 2, "did you mean `Trail`?"),
        (("--relation", "use"), 2, "'uses'"),
        (("--under", "a//x"), 2, "--under"),
        (("-o", "x.txt"), 2, "text goes to stdout"),
        (("a/y",), 1, "there is no module `a/y`; did you mean `a/x`?"),
        (("--under", "zz/**"), 1, "no module is chosen"),
        (("--format", "dot", "-o", "none/x.dot"), 1, "there is no directory none"),
    ],
)
def test_wrong_command_lines(
    project: Project, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = starlang("graph", *arguments, cwd=related(project).root)

    assert done.code == code
    assert words in done.said
    assert done.out == b""


@pytest.mark.parametrize(("text", "code"), [("[]", "E540"), ("[", "E507"), ("xx", "E506")])
def test_an_import_graph_that_cannot_be_read_is_said_and_the_rest_is_shown(
    project: Project, text: str, code: str
) -> None:
    related(project).write("imports.json", text)
    done = starlang("graph", "--format", "json", cwd=project.root)

    assert done.code == 1
    assert f"[{code}]" in done.said
    assert "imports.json" in done.said
    assert pairs(graph_of(done.out), "contains") == [("a", "a/x")]


def test_doubts_about_the_graph_are_counted(project: Project) -> None:
    related(project).write("imports.json", json.dumps({"imports": {"b": ["nowhere"]}}))
    done = succeed("graph", "b", cwd=project.root)

    assert "1 warning about the graph; see `starlang plan`" in done.said
    assert succeed("graph", "b", "--quiet", cwd=project.root).said == ""


HOSTILE = {
    'say "hi"': ["back\\slash", "</script><script>document.title='owned'</script>"],
    "back\\slash": ["<img src=x onerror=document.title='owned'>"],
}


def hostile(project: Project) -> Project:
    project.rules("rule nothing -> Trail when path mentions nowhere")
    for path in {*HOSTILE, *(to for found in HOSTILE.values() for to in found)}:
        project.manifest(path)
    project.write("imports.json", json.dumps({"imports": HOSTILE}))
    project.config('[graph]\nimports = "imports.json"\n')
    return project


@pytest.mark.parametrize("make", [related, hostile])
def test_graphviz_draws_every_module_and_edge(project: Project, make: type) -> None:
    root = make(project).root
    dot = succeed("graph", "--format", "dot", cwd=root).out
    drawn = subprocess.run([needs("dot"), "-Tjson"], input=dot, capture_output=True, check=True)
    graph, picture = ask(root), json.loads(drawn.stdout)
    nodes = [each["name"] for each in picture["objects"]]
    wanted = [f"module {each['path']}" for each in graph["modules"]]
    wanted += [f"event {event}" for event in graph["events"]]
    # In its JSON, Graphviz writes the escapes of an identifier as they stand.
    assert sorted(name.replace("\\\\", "\\").replace('\\"', '"') for name in nodes) == sorted(
        wanted
    )
    assert len(picture["edges"]) == len(graph["edges"]) > 0


def test_dot_is_coloured_by_the_stars_before_or_after(project: Project) -> None:
    root = related(project).root
    before = succeed("graph", "--format", "dot", cwd=root).text
    after = succeed("graph", "--format", "dot", "--color-by", "after", cwd=root).text
    colours = [
        Counter(
            line.partition("fillcolor=")[2][:9] for line in text.splitlines() if "module" in line
        )
        for text in (before, after)
    ]
    assert len(colours[0] - Counter([""])) == 2, "the one of the default star"
    changed = [
        one
        for one, other in zip(before.splitlines(), after.splitlines(), strict=True)
        if one != other
    ]
    assert len(changed) == 1
    assert '"module a/x"' in changed[0]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


def page(root: Path, *arguments: str) -> Path:
    succeed("graph", *arguments, "--format", "html", "-o", "graph.html", cwd=root)
    return root / "graph.html"


def test_the_page_says_what_the_json_says(chromium: Browser, project: Project) -> None:
    root = related(project).root
    graph = ask(root)
    with opened(chromium, page(root)) as seen:
        seen.page.fill("#find", "x")
        assert seen.page.inner_text("#found") == "1 found"
        seen.page.keyboard.press("Enter")
        about = seen.page.inner_text("#about").split("\n")
        lines = [line for line in about if line]
        assert lines == [
            *("a/x", "a.x", "Supporting → Trail, promoted"),
            *("inside (1)", "a", "uses (1)", "c", "used by (1)", "b"),
        ]
        seen.page.click("#about button >> text=c")
        assert seen.page.inner_text("#about h2") == "c"
        assert "subscribes to (1)" in seen.page.inner_text("#about")
        for when in ("before", "after"):
            seen.page.check(f"input[value={when}]")
            counts = Counter(
                each["before" if when == "before" else "after"] for each in graph["modules"]
            )
            shown = [text.split() for text in seen.page.locator("#legend li").all_inner_texts()]
            assert {star: int(number) for star, number in shown} == counts
        assert seen.page.locator("canvas").first.evaluate("e => getComputedStyle(e).display") == (
            "block"
        ), "the styles that the drawing adds are allowed"
        assert seen.complaints == []


def test_names_cannot_become_scripts(chromium: Browser, project: Project) -> None:
    root = hostile(project).root
    with opened(chromium, page(root)) as seen:
        for name, others in HOSTILE.items():
            seen.page.fill("#find", name)
            seen.page.keyboard.press("Enter")
            assert seen.page.inner_text("#about h2") == name
            for other in others:
                assert other in seen.page.inner_text("#about")
        assert seen.page.title() == "The graph of modules"
        assert seen.page.locator("img").count() == 0
        assert seen.complaints == []


def test_the_page_is_the_same_each_time_and_asks_for_nothing(project: Project) -> None:
    root = related(project).root
    first = page(root).read_bytes()

    assert page(root).read_bytes() == first
    assert b"MIT License" in first, "of the library that draws"
    assert b"default-src &#39;none&#39;" in first


def test_the_graph_of_the_corpus(project: Project, corpus: Path) -> None:
    """Every count from the JSON files alone."""
    edges = json.loads((corpus / "import_graph.json").read_text("utf-8"))["imports"]
    files = (corpus / "manifests").rglob("module.manifest.json")
    paths = {file.parent.relative_to(corpus / "manifests").as_posix() for file in files}
    paths = {path for path in paths if ".archive" not in path.split("/")}
    uses = {(p, to) for p, found in edges.items() for to in found if {p, to} <= paths and p != to}
    inner = [p for p in paths if any(str(above) in paths for above in Path(p).parents)]
    project.rules('rule deep -> Trail weight 0.9 when path under "memory/**"')
    project.config('[graph]\nimports = "import_graph.json"\n')
    shutil.copyfile(corpus / "import_graph.json", project.root / "import_graph.json")
    shutil.copytree(corpus / "manifests", project.root / "manifests")
    graph = ask(project.root)

    assert len(graph["modules"]) == len(paths)
    assert set(pairs(graph, "uses")) == uses
    assert len(pairs(graph, "contains")) == len(inner)
    planned = by_path(plan_of(starlang("plan", "--format", "json", cwd=project.root).out))
    assert {each["path"]: each["before"] for each in graph["modules"]} == {
        path: module["current"] for path, module in planned.items()
    }
