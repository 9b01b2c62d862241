"""Where labels come from: on real manifests, and on some that are made with a known origin."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import product
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from program.projects import rule_set_at
from rich.console import Console

import starlang
from starlang.engine.evaluate import evaluate
from starlang.inspect.encoding import encode, findings
from starlang.inspect.inspect import inspect, reversal
from starlang.inspect.model import Inspection, Level
from starlang.inspect.origins import Follows, origins
from starlang.report.inspect import inspection_view, page
from starlang.rules.compiled_file import loads
from starlang.rules.model import RuleSet

pytestmark = pytest.mark.requirement("R16")

PROFILE = "constellation-1.1"


@pytest.fixture(scope="module")
def project_files() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def on_corpus(project_files: Path) -> Inspection:
    corpus = project_files.parent / "shared" / "corpus" / "lukhas-2025-10-19"
    if not corpus.is_dir():
        pytest.skip(f"no corpus at {corpus}")
    rules = rule_set_at(project_files / "rules" / "constellation.star")
    return inspect(rules, starlang.load(corpus / "manifests", profile=PROFILE))


def words_of(path: str) -> set[str]:
    """The words of a path in lower case: the corpus has no others."""
    return set(path.replace("/", "_").replace("-", "_").replace(".", "_").split("_"))


def manifests(corpus: Path) -> list[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Path, star, nodes and capabilities of each live manifest."""
    found = []
    for file in sorted((corpus / "manifests").rglob("module.manifest.json")):
        path = file.parent.relative_to(corpus / "manifests").as_posix()
        if not path.startswith(".archive"):
            document = json.loads(file.read_text("utf-8"))
            star = document["constellation_alignment"]["primary_star"]
            nodes = tuple(document["matriz_integration"]["pipeline_nodes"])
            capabilities = tuple(each["name"] for each in document["capabilities"])
            found.append((path, star, nodes, capabilities))
    return found


def test_the_stars_of_the_corpus_are_made_from_words(on_corpus: Inspection, corpus: Path) -> None:
    stars = on_corpus.origins.stars
    assert stars is not None
    assert stars.is_made
    assert (stars.modules, stars.others, len(stars.words)) == (1421, 716, 14)
    # The list applied by hand: the first word that a path has decides.
    spellings = [(each, s.id) for s in on_corpus.rules.stars for each in (s.label, *s.aliases)]
    labels = {spelling.replace("\ufe0f", ""): star for spelling, star in spellings}
    right = 0
    for path, label, _, _ in manifests(corpus):
        told = next((w.value for w in stars.words if w.word in words_of(path)), stars.usual)
        right += told == labels.get(label.replace("\ufe0f", ""))
    assert stars.rebuilt == right > 1390
    assert stars.held_out_share > Fraction(94, 100)
    assert stars.shuffled_share < Fraction(5, 100)


def test_what_follows_from_what_in_the_corpus(on_corpus: Inspection, corpus: Path) -> None:
    found = {(each.facet, each.other): each for each in on_corpus.origins.follows}
    counts = Counter((capabilities, nodes) for _, _, nodes, capabilities in manifests(corpus))
    right = 0
    for (capabilities, nodes), count in counts.items():
        others = [n for (c, other), n in counts.items() if c == capabilities and other != nodes]
        right += count if count - 1 > max(others, default=0) else 0
    node = found["node", "capability"]
    assert (node.modules, node.right) == (1421, right)
    assert node.share > Fraction(99, 100)
    assert node.example == ("infrastructure_support", "supporting", 352)
    assert ("star", "capability") in found
    assert {each.facet for each in on_corpus.origins.facets} == {"node", "tier"}
    assert on_corpus.origins.same == (("capability", "node", "path", "tier"),)


def test_confidence_and_being_right_on_the_corpus(on_corpus: Inspection) -> None:
    rules, sums = on_corpus.rules, Counter[int]()
    right = Counter[int]()
    for each in on_corpus.levels:
        sums[each.confidence] += each.modules
        right[each.confidence] += each.right
    assert (right[1_000_000], sums[1_000_000]) == (3, 14)
    [trail] = on_corpus.trivial
    assert (trail.star, rules.rules[trail.rule].name) == ("Trail", "node:memory->Trail")
    assert on_corpus.reversal is not None
    assert on_corpus.reversal.high.confidence == 1_000_000
    assert sum(each.modules for each in on_corpus.bins) == sum(sums.values()) - 179
    codes = {each.code for each in findings(on_corpus)}
    assert {"W424", "W430", "W431", "W432"} <= codes


def test_it_is_said_as_text_as_json_and_on_the_page(
    on_corpus: Inspection, project_files: Path
) -> None:
    line = "same source path, capability, node, tier"
    console = Console(width=100, record=True, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        for each in inspection_view(on_corpus, 3, draws=True):
            console.print(each)
    text = captured.get()
    assert text.index("The stars look made from words of the path") < 300
    assert line in text
    assert "`node:memory->Trail` alone is right for all of its 179 modules" in " ".join(
        text.split()
    )
    document = json.loads(encode(on_corpus))
    schema = (project_files / "configs/schemas/inspection.schema.json").read_text("utf-8")
    found = Draft202012Validator(json.loads(schema)).iter_errors(document)
    assert [str(each) for each in found] == []
    assert document["origins"]["same_source"] == [["path", "capability", "node", "tier"]]
    assert document["origins"]["stars"]["made"] is True
    html = page(on_corpus)
    assert line in html
    assert 'id="levels"' in html


# Manifests with a known origin.

KINDS = ("tide", "moss", "flint")
ROLES = {"tide": "🌊 Flow", "moss": "✦ Trail", "flint": "Plain"}
HEAD = """starlang 1
ruleset made "1.0"
star Flow label "🌊 Flow"
star Trail label "✦ Trail"
default star Plain
"""
RULES = (
    HEAD
    + """
confidence { suggest 0.40 promote 0.70 CONFIDENCE }
rule flow-node -> Flow weight 0.50 when node is tide
rule flow-tag -> Flow weight 0.40 when tag is tide
rule trail-owner -> Trail weight 0.80 when owner is moss
"""
)


def made(stars: Callable[[str, str, int], str], confidence: str = "") -> Inspection:
    """Inspects 90 modules; `stars` gives the star of one by its kind, its path and a number."""
    modules: dict[str, Mapping[str, object]] = {}
    for number, (kind, root, place) in enumerate(product(KINDS, ("a", "b", "c"), range(10))):
        path = f"{root}/{kind}/part{place:02}"
        modules[path] = {
            "constellation_alignment": {"primary_star": stars(kind, path, number)},
            "matriz_integration": {"pipeline_nodes": [kind]},
            "metadata": {"owner": "moss" if number % 7 == 0 else "alice"},
        }
    compiled = loads(starlang.compile_text(RULES.replace("CONFIDENCE", confidence)).to_json())
    assert isinstance(compiled, RuleSet)
    return inspect(compiled, starlang.load_modules(modules))


def by_word(kind: str, path: str, number: int) -> str:
    del path, number
    return ROLES[kind]


def by_person(kind: str, path: str, number: int) -> str:
    """As if somebody knew what each module does: no word of the path says it."""
    del kind, number
    return list(ROLES.values())[sha256(path.encode()).digest()[0] % 3]


def test_stars_made_from_a_word_are_told_from_those_that_people_chose() -> None:
    from_words, from_people = made(by_word).origins, made(by_person).origins
    assert from_words.stars is not None
    assert from_words.stars.is_made
    assert sorted((each.word, each.value) for each in from_words.stars.words) == [
        ("moss", "Trail"),
        ("tide", "Flow"),
    ]
    assert from_words.stars.held_out_share == 1
    assert from_people.stars is not None
    assert not from_people.stars.is_made
    # What the node says follows from the path in both, and the star from the node in one.
    assert [each.facet for each in from_words.facets] == ["node"]
    assert [each.facet for each in from_people.facets] == ["node"]
    assert Follows("star", "node", 90, 90, ("flint", "Plain", 30)) in from_words.follows
    assert from_people.follows == ()


def test_the_line_is_offered_until_it_is_there() -> None:
    before = [each for each in findings(made(by_person)) if each.code == "W432"]
    assert [each.hint for each in before] == [
        "ask for `from 2 sources`, and write `same source path, node` in `confidence`"
    ]
    after = made(by_person, "promote Flow 0.80 from 2 sources same source path, node")
    assert [each for each in findings(after) if each.code == "W432"] == []


def test_few_modules_say_nothing(project_files: Path) -> None:
    example = project_files / "examples" / "constellation"
    rules = rule_set_at(example / "rules" / "hortus.star")
    graph = starlang.load(example / "manifests", profile=PROFILE)
    found = origins(evaluate(rules, graph, reassess=True))
    assert (found.stars, found.same) == (None, ())


@pytest.mark.parametrize(
    ("low", "high", "is_clear"),
    [
        ((100, 98), (14, 3), True),
        ((100, 98), (9, 0), False),  # too few
        ((100, 60), (100, 55), False),  # by chance
        ((100, 60), (100, 90), False),  # as it should be
        ((1000, 600), (1000, 540), True),
    ],
)
def test_a_reversal_is_reported_where_it_is_clear(
    low: Sequence[int], high: Sequence[int], *, is_clear: bool
) -> None:
    found = reversal([Level("Flow", 900_000, *low), Level("Trail", 1_000_000, *high)])
    assert (found is not None) is is_clear
