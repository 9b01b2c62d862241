"""New manifests: facts from source, nothing invented; written as one, and taken back as one."""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from program.projects import Project
from program.repositories import commit_all, git
from program.run import Done, installed, starlang, succeed
from program.skeleton import listed, rows_of

from starlang.errors import UnsafeError
from starlang.generate.facts import PackageFacts, Sources
from starlang.generate.reader import read_source
from starlang.generate.roots import Roots
from starlang.project.generating import NewManifest, generate
from starlang.project.imports import imports_of
from starlang.project.packages import look
from starlang.project.project import Project as Opened
from starlang.project.project import Wanted, compile_project, open_project
from starlang.project.sources import read_files
from starlang.run.create import confirm
from starlang.texts.documents import Format

pytestmark = pytest.mark.requirement("R27")

ROOT = Path(__file__).resolve().parents[2]
NEVER = {"quarantine", "build", "dist", ".venv", "node_modules"}


@pytest.fixture(scope="module")
def facts(skeleton: Path) -> dict[str, PackageFacts]:
    opened = open_project(Wanted(skeleton))
    assert isinstance(opened, Opened)
    found = look(opened)
    sources = Sources(read_files(skeleton, found.files))
    return {each.path: each for each in sources.facts(found.packages, found.packages)}


def test_a_source_may_import_the_package_that_it_is() -> None:
    """Its `__init__.py` may be no file that git knows, though it is there."""
    sources = Sources({"sub/__init__.py": read_source(b"import shop\n")}, "src/shop", Roots("shop"))

    assert dict(sources.imported("sub/__init__.py")) == {"shop": None}


WORKSPACE = {
    "cart/src/shop/cart/__init__.py": "from shop.core import Price\nfrom shop.core import lists\n",
    "cart/src/shop/cart/rows.py": "import shop.cart.sums, tools, numpy\n",
    "cart/src/shop/cart/sums/__init__.py": "import rates\n",
    "cart/src/rates.py": "",
    "cart/tests/test_cart.py": "import shop.cart.sums\n",
    "core/src/shop/core/__init__.py": "from shop.core.money import Price\n",
    "core/src/shop/core/money.py": "class Price: ...\n",
    "core/src/shop/core/lists/__init__.py": "",
    "core/src/rates/__init__.py": "",
    "tools/__init__.py": "",
}
"""Two projects of one namespace, each with a `src`; `tools` is in the source, too."""


def test_imports_begin_at_the_roots_that_the_config_names(project: Project) -> None:
    """The longest path counts, then the root of the file itself, and the source comes last."""
    for name, text in WORKSPACE.items():
        project.write(f"code/{name}", text)
    project.rules("")
    config = project.config('[coverage]\nsource = "code"\n').read_text("utf-8")
    git(project.root, "init", "-q")

    def facts_of(roots: str) -> tuple[dict[str, PackageFacts], list[str]]:
        project.write("configs/starlang.toml", f'{config}[graph]\nsource = "code"\n{roots}')
        opened = open_project(Wanted(project.root))
        assert isinstance(opened, Opened)
        rules = compile_project(opened).rules
        assert rules is not None
        made = generate(opened, rules, None, at="2026-01-01")
        found = {json.loads(each.text)["module"]["name"]: each.facts for each in made.manifests}
        edges = imports_of(opened)
        assert edges is not None
        for each in found.values():
            assert set(each.internal or ()) == set(edges.edges.get(each.path, ())) & {
                other.path for other in found.values()
            }
        return dict(found), [f"{each.message} {each.hint}" for each in made.problems]

    found, said = facts_of('roots = ["*/src"]\n')
    cart, core = "cart/src/shop/cart", "core/src/shop/core"
    facts = {name: (each.external, each.internal, each.tests) for name, each in found.items()}
    assert facts == {
        "shop.cart": (("numpy",), (f"{cart}/sums", core, f"{core}/lists", "tools"), ()),
        # The file `rates.py` is that of its own root, and no package.
        "shop.cart.sums": ((), (), ("cart/tests/test_cart.py",)),
        "shop.core": ((), (), ()),
        "shop.core.lists": ((), (), ()),
        "rates": ((), (), ()),
        "tools": ((), (), ()),
    }
    assert said == []
    # Without them nothing is found, and what to write is said.
    found, said = facts_of("")
    assert found["cart.src.shop.cart"].external == ("numpy", "shop")
    assert [each for each in said if 'write `roots = ["**/src"]` under `[graph]`' in each]


def test_facts_agree_with_what_another_tool_has_found(
    facts: dict[str, PackageFacts], corpus: Path
) -> None:
    rows = [row for row in rows_of(corpus) if row.package]
    packages = {row.path for row in rows}
    live = [row for row in rows if NEVER.isdisjoint(row.path.split("/"))]
    literal = {
        row.path: set(listed(each, "all"))
        for row in live
        for each in row.files
        if each["file"] == "__init__.py" and isinstance(each.get("all"), list)
    }

    assert len(live) == 1249
    assert {row.path: facts[row.path].external or () for row in live} == {
        row.path: tuple(sorted(row.external)) for row in live
    }
    assert {row.path: facts[row.path].internal or () for row in live} == {
        row.path: tuple(sorted(packages.intersection(row.imports))) for row in live
    }
    assert {row.path: facts[row.path].tests for row in live} == {
        row.path: tuple(sorted(row.tests)) for row in live
    }
    assert [
        sum(bool(facts[row.path].external) for row in live),
        sum(bool(facts[row.path].internal) for row in live),
        sum(bool(facts[row.path].tests) for row in live),
        len(literal),
    ] == [594, 490, 244, 412]
    exports = {path: facts[path].exports for path in literal}
    assert {path: set(each.names) for path, each in exports.items() if each} == literal


# The command, over a few packages.

PROFILE = """
[module]
name = "/module/name"
path = "/module/path"

[stars]
primary = "/constellation_alignment/primary_star"

[facets.owner]
at = "/metadata/owner"
missing = ["nobody", ""]

[new]
"/schema_version" = "1.1.0"
"/module/type" = { fact = "type" }
"/dependencies/external/*" = { fact = "external" }
"/exports/classes/*/name" = { fact = "classes" }
"/testing/has_tests" = { fact = "tested" }
"/metadata/owner" = { fact = "owner" }
"/metadata/created" = { fact = "time" }
"/metadata/tags" = ["made", "by hand"]
"""


@pytest.fixture
def packages(project: Project) -> Project:
    """Packages with and without manifests, and an owner for some."""
    project.rules("")
    project.write("configs/own.toml", PROFILE)
    config = project.config('schema = "manifest-1.1"\n').read_text("utf-8")
    project.write("configs/starlang.toml", config.replace("constellation-1.1", "configs/own.toml"))
    project.manifest("store/memory")
    project.write("store/memory/__init__.py", "import yaml\n")
    project.write("store/cache/__init__.py", "import yaml\nfrom .types import Entry\n")
    project.write("store/cache/types.py", "import store.memory\nclass Entry: ...\n")
    project.write("web/__init__.py", "__all__ = names()\n")
    project.write("tests/test_web.py", "import web\n")
    project.write(".github/CODEOWNERS", "/store/ @org/storage @alice\n")
    commit_all(project.root)
    return project


def manifest(project: Project, path: str) -> object:
    return json.loads((project.root / "manifests" / path / "module.manifest.json").read_bytes())


def test_a_manifest_says_what_is_known_and_nothing_else(packages: Project) -> None:
    done = succeed("generate", "--write", cwd=packages.root)

    assert manifest(packages, "store/cache") == {
        "schema_version": "1.1.0",
        "module": {"type": "package", "name": "store.cache", "path": "store/cache"},
        "dependencies": {"external": ["yaml"]},
        "exports": {"classes": [{"name": "Entry"}]},
        "testing": {"has_tests": False},
        "metadata": {
            "owner": "@org/storage",
            "created": "2026-01-01T00:00:00Z",
            "tags": ["made", "by hand"],
        },
        "constellation_alignment": {"primary_star": "Supporting"},
    }
    web = manifest(packages, "web")
    assert isinstance(web, dict)
    assert "exports" not in web
    assert web["testing"] == {"has_tests": True}
    assert web["metadata"]["owner"] == "nobody"
    assert "warning[W554]" in done.said
    assert "--> web/__init__.py:1:1" in done.said


def tree(root: Path) -> dict[str, str]:
    """Every file but those of git, by digest, and every directory."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "directory"
        for path in root.rglob("*")
        if ".git" not in path.relative_to(root).parts
    }


def test_only_writing_writes_and_a_second_time_nothing(packages: Project) -> None:
    before = tree(packages.root)
    dry = succeed("generate", cwd=packages.root)
    assert "2 manifests to make, 0 refused" in dry.text
    assert tree(packages.root) == before

    made = succeed("generate", "--write", cwd=packages.root)
    assert "made 2 manifests in the run small-1" in made.said
    written = tree(packages.root)
    assert {path: written[path] for path in before} == before
    again = succeed("generate", "--write", cwd=packages.root)
    assert "nothing is to be made" in again.said
    assert tree(packages.root) == written

    succeed("rollback", cwd=packages.root)
    assert tree(packages.root) == before
    assert git(packages.root, "status", "--porcelain") == ""


@pytest.mark.requirement("R28")
def test_what_git_brings_back_after_a_rollback_is_removed_again(packages: Project) -> None:
    before = tree(packages.root)
    succeed("generate", "--write", cwd=packages.root)
    git(packages.root, "stash", "-q", "-u")
    git(packages.root, "stash", "apply", "-q")
    for _ in range(3):
        done = succeed("rollback", cwd=packages.root)
        assert "removed 2 manifests that the run had made" in done.said
        assert tree(packages.root) == before
        git(packages.root, "stash", "apply", "-q")

    # Of those, what somebody has edited is theirs.
    edited = packages.root / "manifests/store/cache/module.manifest.json"
    edited.write_bytes(b"mine")
    done = succeed("rollback", cwd=packages.root)
    assert "removed 1 manifest that the run had made" in done.said
    edited.unlink()
    edited.parent.rmdir()
    assert tree(packages.root) == before
    assert starlang("rollback", cwd=packages.root).code == 4
    assert "recover" not in succeed("status", cwd=packages.root).text


def test_the_same_commit_gives_the_same_bytes_everywhere(packages: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a" / "clone"
    git(tmp_path, "clone", "-q", packages.root, elsewhere)
    texts = [
        installed("generate", "--format", "json", cwd=root, env=env)
        for root, env in (
            (packages.root, {"TZ": "Asia/Tokyo", "PYTHONHASHSEED": "1"}),
            (elsewhere, {"TZ": "America/Lima", "PYTHONHASHSEED": "2", "LC_ALL": "C"}),
        )
    ]

    assert texts[0].code == texts[1].code == 0
    assert texts[0].out == texts[1].out
    assert b"2026-01-01T00:00:00Z" in texts[0].out


@pytest.mark.parametrize(
    ("written", "shown"),
    [("2026-05-06T07:08:09+02:00", "2026-05-06T05:08:09Z"), ("2026-05-06", "2026-05-06T00:00:00Z")],
)
def test_another_time_may_be_named(packages: Project, written: str, shown: str) -> None:
    assert shown in succeed("generate", "web", "--at", written, cwd=packages.root).text


def refused(packages: Project, *arguments: str) -> Done:
    before = tree(packages.root)
    done = starlang("generate", "--write", *arguments, cwd=packages.root)
    assert done.code != 0
    assert tree(packages.root) == before
    return done


def test_what_is_there_is_never_overwritten(packages: Project) -> None:
    place = packages.root / "manifests" / "web" / "module.manifest.json"
    place.parent.mkdir()
    place.symlink_to("elsewhere")

    assert "manifests/web/module.manifest.json" in refused(packages).said
    assert place.readlink() == Path("elsewhere")


def test_where_signatures_are_asked_for_nobody_writes_alone(packages: Project) -> None:
    packages.write("configs/signers", "")
    config = packages.root / "configs" / "starlang.toml"
    text = '\n[approval]\nsigners = "configs/signers"\ndomain = "example.org"\n'
    config.write_text(config.read_text("utf-8") + text, "utf-8")

    done = refused(packages)
    assert done.code == 4
    assert "error[E991]" in done.said


def test_a_manifest_that_the_schema_refuses_stops_all_of_them(packages: Project) -> None:
    config = packages.root / "configs" / "own.toml"
    text = config.read_text("utf-8").replace('"/schema_version" = "1.1.0"\n', "")
    config.write_text(text, "utf-8")

    done = refused(packages)
    assert "error[E552]" in done.said
    assert '"schema_version" is a required property' in done.said


def test_it_needs_a_commit_and_a_time(packages: Project) -> None:
    assert "error[E989]" in refused(packages, "--at", "yesterday").said
    git(packages.root, "update-ref", "-d", "HEAD")
    assert "error[E989]" in refused(packages).said


def test_a_manifest_that_is_another_than_was_made_ends_in_an_error(
    packages: Project, facts: dict[str, PackageFacts]
) -> None:
    opened = open_project(Wanted(packages.root))
    assert isinstance(opened, Opened)
    made = NewManifest("web", "manifests/web/new.json", {}, Format.JSON, next(iter(facts.values())))
    packages.write(made.file, "{} ")

    with pytest.raises(UnsafeError) as caught:
        confirm(opened, [made])
    assert "E990" in [each.code for each in caught.value.diagnostics]


def test_results_are_kept_by_blob_and_never_believed_blindly(packages: Project) -> None:
    first = succeed("generate", "--format", "json", cwd=packages.root).out
    kept = packages.root / ".git" / "starlang" / "sources.json"
    assert kept.is_file()
    assert succeed("generate", "--format", "json", cwd=packages.root).out == first

    packages.write("web/__init__.py", "import six\n")
    assert b'"six"' in succeed("generate", "--format", "json", cwd=packages.root).out
    no_texts = json.loads(kept.read_bytes())
    no_texts["files"] = {blob: [[1], *rest] for blob, (_, *rest) in no_texts["files"].items()}
    spoilt = json.dumps(no_texts).encode()
    for rubbish in (b"", b"{}", b'{"reader": 1, "files": []}', b"\xff", spoilt):
        kept.write_bytes(rubbish)
        assert b'"six"' in succeed("generate", "--format", "json", cwd=packages.root).out


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ('"/a" = { fact = "ownr" }', "E716"),
        ('"/a" = {}', "E716"),
        ('"a" = "b"', "E707"),
        ('"/a/*/b/*" = { fact = "tests" }', "E707"),
        ('"/a/*" = { fact = "name" }', "E707"),
        ('"/a" = 2026-01-01', "E704"),
    ],
)
def test_mistakes_in_a_profile_are_said(packages: Project, entry: str, code: str) -> None:
    packages.write("configs/own.toml", f"{PROFILE}{entry}\n")

    assert f"error[{code}]" in refused(packages).said


def test_what_differs_in_case_from_an_old_manifest_is_said_before_a_plan_is_blocked(
    packages: Project,
) -> None:
    """With the capital waived alone a plan would be blocked: what else is needed is said."""
    packages.manifest("Web")  # its package is called `web` by now
    waive = '\n[[guards.waive]]\npath = "{}"\ncode = "{}"\nreason = "all work on Linux"\n'
    config = packages.root / "configs" / "starlang.toml"
    config.write_text(config.read_text("utf-8") + waive.format("Web", "E602"), "utf-8")

    said = succeed("generate", cwd=packages.root).said
    assert 'warning[W882]: "web" and "Web" differ only in case' in said
    blocked = starlang("plan", "--with-missing", cwd=packages.root)
    assert blocked.code == 5
    assert "E609" in blocked.text
    config.write_text(config.read_text("utf-8") + waive.format("web", "E609"), "utf-8")
    assert "W882" not in succeed("generate", cwd=packages.root).said
    assert "It creates 2 manifests." in succeed("plan", "--with-missing", cwd=packages.root).text


BESIDE = """
file = "component.json"
[module]
name = "/id"
[stars]
primary = "/layer"
absent = "default"
[new]
"/needs/*" = { fact = "internal" }
"/uses/*" = { fact = "external" }
"/offers/*" = { fact = "classes" }
"""


def test_a_source_that_is_a_package_itself_is_imported_by_its_name(project: Project) -> None:
    """Manifests beside the code of `src/shop`, which imports its own parts as `shop.x`."""
    project.rules("")
    project.write("configs/own.toml", BESIDE)
    paths = 'rules = "rules/main.star"\nmanifests = "src/shop"\nprofile = "configs/own.toml"\n'
    project.write("configs/starlang.toml", f"[project]\n{paths}")
    init = "from shop.cart.items import Item\nimport items, yaml\nfrom shop import page\n"
    for path, text in (("", ""), ("cart/", init), ("page/", "")):
        project.write(f"src/shop/{path}__init__.py", text)
    project.write("src/shop/cart/items.py", "import shop.page\nclass Item: ...\n")
    project.write("src/shop/page/component.json", '{"id": "shop.page"}\n')
    commit_all(project.root)

    said = succeed("coverage", cwd=project.root).text
    assert "all of them would have one if packages were below `src/shop`" in said
    source = '[coverage]\nsource = "src/shop"\n[graph]\nsource = "src/shop"\n'
    project.write("configs/starlang.toml", f"[project]\n{paths}{source}")
    assert succeed("coverage", cwd=project.root).text.startswith("3 packages = 1 covered")
    done = succeed("generate", "src/shop/cart", "page", "--limit", "0", cwd=project.root)
    name, _, text = done.text.partition("\n")
    assert name == "src/shop/cart/component.json"
    assert json.loads(text) == {
        "id": "shop.cart",
        "needs": ["shop.page"],
        "uses": ["items", "yaml"],
        "offers": ["Item"],
    }
    assert "warning[W883]: `page` has a manifest already" in done.said
    opened = open_project(Wanted(project.root))
    assert isinstance(opened, Opened)
    found = imports_of(opened)
    assert found is not None
    assert found.edges == {"cart": ("page",)}


NEW_IN = """file = "component.{ending}"
[module]
name = "/id"
[stars]
primary = "/layer"
absent = "default"
[new]
"/title" = "no: yes"
"/empty" = []
"/deep/of it/x" = 1.5
"/deep/on" = true
"/needs/*" = {{ fact = "internal" }}
"/uses/*" = {{ fact = "external" }}
"/owners/*/name" = {{ fact = "owners" }}
"""


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("ending", "read"), [("yaml", yaml.safe_load), ("toml", tomllib.loads), ("json", json.loads)]
)
def test_drafts_are_written_in_the_format_of_the_manifests(
    packages: Project, ending: str, read: Callable[[str], object]
) -> None:
    """Another reader of the format finds the same, and a run can give them a star."""
    packages.write("configs/own.toml", NEW_IN.format(ending=ending))
    config = packages.root / "configs" / "starlang.toml"
    text = re.sub("(?m)^schema = .*$", "", config.read_text("utf-8"))
    named = re.sub("(?m)^profile = .*$", 'profile = "configs/own.toml"', text)
    config.write_text(named, "utf-8")
    made = json.loads(succeed("generate", "--format", "json", cwd=packages.root).out)["manifests"]
    (cache,) = [each for each in made if each["file"].endswith(f"store/cache/component.{ending}")]

    found = read(cache["text"])

    assert isinstance(found, dict)
    assert (found["title"], found["empty"]) == ("no: yes", [])
    assert found["deep"] == {"of it": {"x": 1.5}, "on": True}
    assert found["uses"] == list(cache["facts"]["external"])
    assert cache["text"].startswith("{") == (ending == "json")
    plan = json.loads(succeed("plan", "--with-missing", "--format", "json", cwd=packages.root).out)
    assert plan["blocked"] == []
    succeed("generate", "--write", cwd=packages.root)
    assert "0 manifests to make" in succeed("generate", cwd=packages.root).text


FOREIGN = {
    "backstage": '"/kind" = "Component"',
    "cargo": "",
    "homeassistant": "",
    "npm": "",
    "nx": '"/projectType" = "library"',
    "python": "",
}
"""Built-in profiles of files that others read as well, with what a new one needs at least."""


def test_files_of_others_are_only_made_where_the_profile_asks_for_it(packages: Project) -> None:
    """An empty `[new]` is enough to ask; what the profile would not read back is refused."""
    config = packages.root / "configs" / "starlang.toml"
    text = re.sub("(?m)^schema = .*$", "", config.read_text("utf-8"))

    def errors(profile: str) -> tuple[list[str], Path]:
        packages.write("configs/starlang.toml", text.replace("configs/own.toml", profile))
        opened = open_project(Wanted(packages.root))
        assert isinstance(opened, Opened)
        rules = compile_project(opened).rules
        assert rules is not None
        made = generate(opened, rules, None)
        assert made.manifests
        return [each.code for each in made.errors], packages.root / made.manifests[0].file

    built_in = {path.stem for path in (ROOT / "configs" / "profiles").glob("*.toml")}
    assert {name for name in built_in if "E871" in errors(name)[0]} == FOREIGN.keys()
    for name, needed in FOREIGN.items():
        for line in ("", needed):
            packages.write("configs/asked.toml", f'extends = "{name}"\n[new]\n{line}\n')
            codes, file = errors("configs/asked.toml")
            assert set(codes) == ({"E872"} if needed != line else set()), name
            assert file.name == {"npm": "package.json", "nx": "project.json"}.get(name, file.name)


def test_a_derivation_may_ask_for_modules_that_have_manifests(packages: Project) -> None:
    packages.rules('derive scope "kept" when depends on modules under "store/memory"\n')
    places = '[graph]\ndependencies = ["/needs/*"]\n[facets.scope]\nat = "/scope"\n'
    packages.write("configs/own.toml", f"{PROFILE}{places}")
    config = packages.root / "configs" / "starlang.toml"
    config.write_text(re.sub("(?m)^schema = .*$", "", config.read_text("utf-8")), "utf-8")
    made = json.loads(succeed("generate", "--format", "json", cwd=packages.root).out)["manifests"]

    found = [json.loads(each["text"]) for each in made]
    scopes = {each["module"]["name"]: each.get("scope") for each in found}
    assert scopes == {"store.cache": "kept", "web": None}


TAGGED = """
extends = "nx"
[stars]
all = { at = "/tags", take = '^type:(.+)$' }
absent = "error"
[graph.dependencies]
at = "/needs"
keys = true
[facets.kind]
at = "/project/kinds/*"
keys = true
take = '^k(.*)$'
[new]
"/projectType" = "library"
"/tags" = ["kept"]
"""


def test_places_that_lead_into_one_list_each_add_to_it(packages: Project) -> None:
    """A star and a derived facet, both read by `take`; dependencies that are keys of an object."""
    packages.rules('derive scope "store" when path under "store"\n')
    packages.write("configs/own.toml", TAGGED)
    config = packages.root / "configs" / "starlang.toml"
    config.write_text(re.sub("(?m)^schema = .*$", "", config.read_text("utf-8")), "utf-8")
    made = json.loads(succeed("generate", "--format", "json", cwd=packages.root).out)["manifests"]

    (cache,) = [json.loads(each["text"]) for each in made if "cache" in each["file"]]
    assert cache["tags"] == ["kept", "type:Supporting", "scope:store"]
    assert cache["needs"] == {"store.memory": ""}
    # `^k(.*)$` cannot be written back: what it would read is said instead.
    packages.rules('derive kind big when path under "store"\n')
    refused = starlang("generate", "--write", cwd=packages.root)
    assert refused.code == 1
    assert "`kind` is derived as `big`, which `/project/kinds/*` does not hold" in refused.said
    # A derived value that takes the place around the star.
    around = PROFILE.replace("/constellation_alignment/primary_star", "/kind/star")
    packages.write("configs/own.toml", f'{around}[facets.kind]\nat = "/kind"\n')
    refused = starlang("generate", "--write", cwd=packages.root)
    assert refused.code == 1
    assert "error[E872]" in refused.said
    assert "there is no star at `/kind/star`" in refused.said
