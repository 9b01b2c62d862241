"""Readers of what strangers write, given anything: `make fuzz`, and briefly in the tests.

    python tests/fuzz.py [TARGET] [--seconds N]

Each target takes bytes, and whatever it answers is right, as long as it answers: an exception is a
crash. With atheris installed, inputs are chosen by what they reach in the program; the corpora
begin with the seeds below, and what is found is kept in `.cache/fuzz/TARGET`.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import perf_counter

import starlang
from starlang.checker.check import check
from starlang.errors import GateClosedError
from starlang.generate.reader import read_source
from starlang.legacy.importing import import_rules
from starlang.manifests.build import ManifestFile, build_graph
from starlang.manifests.codeowners import owning_nothing, read_codeowners
from starlang.manifests.elsewhere import read_sidecar, read_table
from starlang.manifests.profile import FacetSource, Profile
from starlang.manifests.profile_file import read_profile
from starlang.manifests.schema import Schema, read_schema, validate
from starlang.project.config import parse_config
from starlang.rules.compiled_file import loads
from starlang.rules.sections import section_digest
from starlang.run.audit_files import parsed as read_state
from starlang.syntax.parse import parse
from starlang.syntax.scanner import decode
from starlang.text import Source
from starlang.texts.documents import Format, rewrite_in, without_in
from starlang.texts.json import Refusal, read
from starlang.texts.rewriting import Write
from starlang.transaction.journal import JournalError
from starlang.transaction.journal import parse as parse_journal

ROOT = Path(__file__).resolve().parents[1]
SUITE = ROOT.parent / "shared" / "corpus" / "JSONTestSuite" / "test_parsing"
KEPT = ROOT / ".cache" / "fuzz"
PLACE = Path("/in memory")


@cache
def profile() -> Profile:
    path = ROOT / "configs" / "profiles" / "constellation-1.1.toml"
    found, problems = read_profile(path.stem, Source(path.name, path.read_text("utf-8")))
    assert found is not None, problems
    return found


def rules(data: bytes) -> None:
    source = decode("fuzz.star", data)
    if isinstance(source, Source):
        parsed = parse(source)
        check([parsed.file], profile(), complete=True)


def manifest(data: bytes) -> None:
    build_graph([ManifestFile("a/b/module.manifest.json", "m.json", data)], profile())


WRITES = (Write("/a/b", "✦ Trail"), Write("/capabilities", ["x", "y"]), Write("/v", "1"))


def manifest_in(form: Format) -> Callable[[bytes], None]:
    """A manifest in another format than JSON: read, then with a value changed, and without one."""
    name = f"module.{form.value}"

    def read_and_written(data: bytes) -> None:
        build_graph([ManifestFile(f"a/b/{name}", name, data)], profile())
        for write in WRITES:
            rewrite_in(data, [write], form, lambda _: True)
            without_in(data, [write.pointer], form, lambda _: True)

    return read_and_written


def facts(data: bytes) -> None:
    facet = FacetSource("age", ("/age",), elsewhere="facts.csv", column="age")
    for name in ("facts.csv", "facts.json"):
        read_table(name, data, facet)
    read_sidecar("stars.json", data, {"a/b"})


def codeowners(data: bytes) -> None:
    owners = read_codeowners("CODEOWNERS", data.decode(errors="replace"))
    owners.owners_of("a/b/module.manifest.json")
    owning_nothing(owners, ["a/b/c.py"])


def toml(data: bytes) -> None:
    source = Source("fuzz.toml", data.decode(errors="replace"))
    parse_config(PLACE, source)
    read_profile("fuzz", source)


def schema(data: bytes) -> None:
    found = read_schema("schema.json", data)
    if isinstance(found, Schema):
        text = '{"a": {"a": [1, "text", null, {"a": 1.5}]}}'
        graph = build_graph([ManifestFile("a/b/m.json", "m.json", text.encode())], profile())
        validate(graph, found, lambda _: text)


def compiled(data: bytes) -> None:
    text = data.decode(errors="replace")
    loads(text, "rules.json")
    loads(_forged(text), "rules.json")


def _forged(text: str) -> str:
    """The same with digests that fit, which lead further in."""
    try:
        document = json.loads(text)
        document["digest"] = section_digest(document["semantics"])
        document["text_digest"] = section_digest(document["texts"])
        return json.dumps(document)
    except (LookupError, RecursionError, TypeError, ValueError):
        return text


def state(data: bytes) -> None:
    with suppress(JournalError):  # it is said to be damaged
        parse_journal(data)
    with suppress(GateClosedError):
        read_state(PLACE, data, "starlang-approval/1", dict)


def old_rules(data: bytes) -> None:
    value = read(data)
    if not isinstance(value, Refusal):
        import_rules(value, "old.json", text=data.decode())


def source(data: bytes) -> None:
    read_source(data)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "rules": rules,
    "manifest": manifest,
    "toml": toml,
    "schema": schema,
    "compiled": compiled,
    "state": state,
    "import": old_rules,
    "source": source,
    "yaml": manifest_in(Format.YAML),
    "toml-manifest": manifest_in(Format.TOML),
    "jsonc": manifest_in(Format.JSONC),
    "facts": facts,
    "codeowners": codeowners,
}

NUMBERS = (
    *("0", "-0", "1.10", "1e5", "1e400", "0e99999", "1e1000000000000000000"),
    *("NaN", "9" * 4_400),
)
TEXTS = (
    *('"\\ud800"', '"\\u0000"', '"e\u0301"', '"\u00e9"'),
    *('"\U0001f6e1"', '"\u202e"', '"\ufeff"'),
)
FILES: Mapping[str, tuple[str, str]] = {
    "rules": ("examples", "*.star"),
    "toml": ("configs", "*.toml"),
    "schema": ("configs/schemas", "manifest-*.json"),
    "manifest": ("examples", "module.manifest.json"),
    "import": ("tests/legacy/golden", "*.json"),
    "yaml": ("examples", "*.yaml"),
    "toml-manifest": ("examples", "*.toml"),
}
"""Where files of the kind that a target reads are: a directory, and a pattern."""

LONGEST = {"rules": 1024, "source": 4096}
"""Inputs in bytes, where one that is longer takes longer, and finds nothing that a short one does
not: limits of size have tests of their own."""

WRITTEN: Mapping[str, Sequence[bytes]] = {
    "rules": [b'starlang 1\nruleset a "1"\nstar A\n  label "A"\ndefault star B\n'],
    "toml": [f"a.b = {number}\n".encode() for number in NUMBERS],
    "schema": [
        b'{"properties": {"a": {"pattern": "^(a+)+$", "$ref": "#/$defs/x"}}, "$defs": {"x": {}}}'
    ],
    "state": [
        b"00000000 2 {}\n",
        b'{"format": "starlang-approval/1", "by": "bob", "until": "2026-03-08"}',
    ],
    "yaml": [
        b"a: {b: Trail}\nv: 1\ncapabilities:\n  - x  # c\n  - &y y\n---\nz: *y\n",
        b"%YAML 1.2\n--- !!map\n? a\n: |+\n  text\n\n'v': \"\\u0041\"\n<<: {a: 0o7}\n...\n",
    ],
    "toml-manifest": [
        b"v = 1\n[a]\nb = 'Trail' # c\n[[x.y]]\nz = 1979-05-27T07:32:00Z\n",
        b'capabilities = [\n  "x", # c\n]\na.b = """\n\\u0041"""\nf = {g = 0x1_0}\n',
    ],
    "import": [b'{"canonical_stars": ["A"], "confidence": {"min_autopromote": 5.75}}'],
    "jsonc": [
        b'{"a": 1} // \xd6',
        b'// c\n{"a": {"b": "Trail"}, /* d */ "capabilities": ["x",], "v": 1,}\n',
    ],
    "facts": [
        b'path,age\na/b,3\n"c\nd",""\n=1,x\n',
        b'{"a/b": {"age": 3}, "c": "Trail"}',
        b'[{"path": "a/b", "age": true}]',
    ],
    "codeowners": [b"* @org/team  # c\n/a/**/b?.py a@b.org\n!x @y\n[z] @y\n\\# @y\n\ta\\ b @y\n"],
    "source": [b"import a.b\nfrom . import c\nif TYPE_CHECKING:\n    from ..x import y\n"],
}


def seeds(target: str) -> Iterator[bytes]:
    """What the corpus of a target begins with."""
    directory, pattern = FILES.get(target, ("examples", ""))
    for path in sorted((ROOT / directory).rglob(pattern)) if pattern else ():
        yield path.read_bytes()
    yield from WRITTEN.get(target, ())
    if target == "compiled":
        root = ROOT / "examples" / "constellation" / "rules" / "hortus.star"
        yield starlang.compile(root).to_json().encode()
    if target in {"manifest", "import", "compiled", "state", "schema"}:
        yield from (f'{{"v": {value}}}'.encode() for value in (*NUMBERS, *TEXTS))
    if target == "manifest" and SUITE.is_dir():
        yield from (path.read_bytes() for path in sorted(SUITE.iterdir()))


def spoilt(data: bytes, chance: random.Random) -> bytes:
    """`data` with a few pieces cut out, doubled, or replaced by something odd."""
    made = bytearray(data)
    odd = [text.encode(errors="surrogatepass") for text in (*NUMBERS[:8], *TEXTS)]
    odd += [b"{", b"[", b'"', b"\\", b"\0", b"\xff", b".", b"(", b"not ", b"/", b"\n", b"#"]
    for _ in range(chance.randrange(1, 5)):
        start = chance.randrange(len(made) + 1)
        end = min(len(made), start + chance.randrange(12))
        match chance.randrange(4):
            case 0:
                del made[start:end]
            case 1:
                made[start:start] = made[start:end] * chance.randrange(1, 4)
            case 2:
                made[start:end] = chance.choice(odd)
            case _:
                made[start:start] = bytes([chance.randrange(256)])
    return bytes(made)


def run_seeded(target: str, count: int, seed: int) -> int:
    """Gives the target its seeds, and then `count` spoilt ones; how many inputs that were."""
    known = [data for data in seeds(target) if len(data) < 1 << 16]
    chance = random.Random(seed)  # noqa: S311 -- not a secret
    for data in known:
        TARGETS[target](data)
    for _ in range(count):
        TARGETS[target](spoilt(chance.choice(known), chance))
    return len(known) + count


def corpus_of(target: str) -> Path:
    """The directory of what is kept for a target, with its seeds in it."""
    corpus = KEPT / target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds(target)):
        (corpus / f"seed-{number}").write_bytes(data)
    return corpus


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 if a target has crashed."""
    parser = argparse.ArgumentParser(description="Fuzz the readers of starlang.")
    parser.add_argument("target", nargs="?", choices=list(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--count", type=int, help="spoilt inputs instead of guided ones")
    given = parser.parse_args(arguments)
    if given.target is None:  # one process a target: atheris ends its process
        codes = [
            subprocess.run([sys.executable, __file__, name, *arguments], check=False).returncode
            for name in TARGETS
        ]
        return int(any(codes))
    if given.count is None:
        guided = [sys.executable, Path(__file__).with_name("guided.py"), given.target]
        return subprocess.run([*guided, str(given.seconds)], check=False).returncode
    begun = perf_counter()
    tried = run_seeded(given.target, given.count, seed=20261128)
    print(f"{given.target}: {tried:,} inputs in {perf_counter() - begun:.0f} s, no crash")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main(sys.argv[1:]))
