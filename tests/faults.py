"""The fault bench in full: `make faults`. Prints what was tried, what fired and what survived.

    python tests/faults.py [--write]

With --write the table goes into docs/reliability.md, with a digest of the modules that were
tested; a test fails when these have changed since. A fault that did not fire fails the bench.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from time import perf_counter, process_time

from attrs import frozen
from program.tools import needs
from transaction import kills, test_faults, test_power
from transaction.mutants import tried
from transaction.races import race_with_an_editor, race_with_links
from transaction.tree import Tree, make_tree

from starlang.diagnostics.model import Diagnostic
from starlang.syntax.nodes import File
from starlang.syntax.parse import parse
from starlang.syntax.scanner import decode
from starlang.texts.json import read

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reliability.md"
MODULES = ROOT / "starlang" / "transaction"
_TABLE = re.compile(r"(?s)(<!-- bench -->\n).*(<!-- end -->\n)")
_DIGEST = re.compile(r"`sha256:([0-9a-f]{64})`")

COMPOUND = 10_000
POWER = 25_000
SWAPS = 50_000
LINKS = 10_000
ROUNDS, RUNS = 10, 20
SMALLEST, LARGEST, STEP = 64, 400, 8
LEAST_MEMORY, MOST_MEMORY, MEMORY_STEP = 8, 56, 1
"""In MiB of address space."""
FUZZ_SECONDS = 20
EXAMPLE = ROOT / "examples" / "constellation"


@frozen
class Row:
    """One line of the bench."""

    what: str
    tried: int
    fired: int
    survived: int
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.tried == self.fired == self.survived > 0


def single_faults(directory: Path) -> Row:
    counts: Counter[str] = Counter()
    for scene in test_faults.SCENES:
        for number, (fault, lasting) in enumerate(test_faults.WAYS):
            place = directory / f"{scene} {number}"
            counts += test_faults.fail_everywhere(scene, fault, place, lasting=lasting)[0]
    return Row(
        "one fault at every call (kill, short write, ENOSPC, EIO, no memory; once, from then on)",
        counts["tried"],
        counts["fired"],
        counts["survived"],
    )


def compound_faults(directory: Path) -> Row:
    counts = test_faults.kill_twice(directory, COMPOUND)
    note = f"a second one in {counts['second']:,}; seed {test_faults.SEED}"
    what = "a kill, then up to two more while recovering, direction by chance"
    return Row(what, counts["tried"], counts["fired"], counts["survived"], note)


def power_cuts(directory: Path) -> Row:
    counts: Counter[str] = Counter()
    for scene in test_power.SCENES:
        counts += test_power.cut_everywhere(
            scene, directory / scene, POWER // len(test_power.SCENES)
        )[0]
    what = "power cuts: what is not synced lost, torn or zeroed"
    return Row(what, counts["cut"], counts["cut"], counts["survived"], f"seed {test_power.SEED}")


def real_kills(directory: Path) -> Row:
    found = [
        each for scene in kills.SCENES for each in kills.killed_everywhere(scene, directory / scene)
    ]
    fired, survived = sum(each[1] for each in found), sum(each[2] for each in found)
    return Row("SIGKILL at every real system call (strace)", len(found), fired, survived)


def racing_editor(directory: Path) -> Row:
    counts = race_with_an_editor(directory, SWAPS)
    good = counts["swaps"] * (not counts["lost"] and not counts["mixed"])
    note = f"{counts['saves']:,} saves, {counts['lost']} lost"
    return Row("exchanges while an editor saves", counts["swaps"], counts["swaps"], good, note)


def racing_links(directory: Path) -> Row:
    counts = race_with_links(directory, LINKS)
    good = counts["opened"] - counts["escaped"]
    note = f"{counts['flips']:,} flips, {counts['escaped']} escapes"
    what = "openings while a directory is flipped with a link"
    return Row(what, counts["opened"], counts["opened"], good, note)


def concurrent_runs(directory: Path) -> Row:
    """Of processes that start at once, one writes; the others are told, and write nothing."""
    good = 0
    for number in range(ROUNDS):
        tree = make_tree(directory / f"{number}")
        child = ROOT / "tests" / "transaction" / "child.py"
        command = [sys.executable, str(child), "apply", str(tree.directory)]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
        started = [
            subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) for _ in range(RUNS)
        ]
        winners = [each.wait() for each in started].count(0)
        good += RUNS * (winners == 1 and tree.is_new() and test_faults.settled(tree, back=False))
    count = ROUNDS * RUNS
    return Row("processes that begin at once, twenty a round", count, count, good)


def full_disks(directory: Path) -> Row:
    """File systems of every size from too small to large enough; needs root to mount them."""
    counts: Counter[str] = Counter()
    for size in range(SMALLEST, LARGEST, STEP):
        place = directory / f"{size}"
        place.mkdir(parents=True)
        mounted = [needs("mount"), "-t", "tmpfs", "-o", f"size={size}k", "none", str(place)]
        subprocess.run(mounted, check=True)
        try:
            counts["tried"] += 1
            counts += _on_a_small_disk(place)
        finally:
            subprocess.run([needs("umount"), str(place)], check=True)
    note = f"{counts['full']} were full, {counts['fits']} large enough"
    survived = counts["full"] * counts["fits"] and counts["survived"]
    return Row("real file systems that fill up", counts["tried"], counts["tried"], survived, note)


def _on_a_small_disk(place: Path) -> Counter[str]:
    try:
        tree = make_tree(place / "tree", 16)
    except OSError:
        return Counter(full=1, survived=1)
    try:
        tree.apply()
    except OSError:
        return Counter(full=1, survived=_all_of_one_kind(tree))
    return Counter(fits=1, survived=tree.is_new())


def _all_of_one_kind(tree: Tree) -> bool:
    with suppress(OSError):
        tree.runner().recover(lambda: None, back=True)
    return tree.is_old() or tree.is_new()


def memory_caps(directory: Path) -> Row:
    """Processes that may have so and so much memory, from too little to enough."""
    counts: Counter[str] = Counter()
    child = ROOT / "tests" / "transaction" / "child.py"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    for size in range(LEAST_MEMORY, MOST_MEMORY, MEMORY_STEP):
        tree = make_tree(directory / f"{size}")
        limit = f"--as={size << 20}"
        command = [
            needs("prlimit"),
            limit,
            sys.executable,
            str(child),
            "apply",
            str(tree.directory),
        ]
        done = subprocess.run(command, env=env, capture_output=True, check=False)
        counts["tried"] += 1
        counts["enough" if done.returncode == 0 else "too little"] += 1
        counts["survived"] += _all_of_one_kind(tree)
    note = f"{counts['too little']} had too little, {counts['enough']} enough"
    survived = counts["too little"] * counts["enough"] and counts["survived"]
    return Row(
        "processes under a limit of memory", counts["tried"], counts["tried"], survived, note
    )


def spoilt_manifests(_directory: Path) -> Row:
    """Any bytes are a value or a refusal, and soon."""
    seeds = [path.read_bytes() for path in sorted((EXAMPLE / "manifests").rglob("*.json"))]
    what = "spoilt manifests, read"
    return _fuzzed(what, seeds, lambda data: isinstance(read(data), object))


def spoilt_rules(_directory: Path) -> Row:
    """Any bytes are a rule file or findings, and soon."""
    seeds = [path.read_bytes() for path in sorted((ROOT / "rules").glob("*.star"))]

    def parsed(data: bytes) -> bool:
        source = decode("spoilt.star", data[:2_000])
        return isinstance(source, Diagnostic) or isinstance(parse(source).file, File)

    return _fuzzed("spoilt rule files, parsed", seeds, parsed)


def _fuzzed(what: str, seeds: list[bytes], ends_well: Callable[[bytes], bool]) -> Row:
    """Spoils seeds for a while; what raises, or takes a second of processor time, is lost."""
    chance, start = random.Random(test_power.SEED), perf_counter()  # noqa: S311 -- the same in every run
    count = good = 0
    slowest = 0.0
    while perf_counter() - start < FUZZ_SECONDS:
        data = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data) + 1)
            piece = chance.choice(seeds)
            cut = chance.randrange(len(piece))
            data[at : at + chance.randrange(12)] = piece[cut : cut + chance.randrange(12)]
            if data and chance.random() < 0.5:
                data[chance.randrange(len(data))] = chance.randrange(256)
        began = process_time()
        is_good = ends_well(bytes(data))
        seconds = process_time() - began
        slowest = max(slowest, seconds)
        count += 1
        good += is_good and seconds < 1
    return Row(what, count, count, good, f"the slowest took {slowest * 1000:.0f} ms")


def mutants(directory: Path) -> Row:
    found = list(tried(directory))
    missed = [mutant.words for mutant, is_noticed in found if not is_noticed]
    note = f"missed: {', '.join(missed)}" if missed else "each of them noticed"
    count = len(found)
    what = "protocols with one fault, such as a sync that is left out"
    return Row(what, count, count, count - len(missed), note)


EXPERIMENTS: tuple[Callable[[Path], Row], ...] = (
    single_faults,
    compound_faults,
    power_cuts,
    real_kills,
    racing_editor,
    racing_links,
    concurrent_runs,
    full_disks,
    memory_caps,
    spoilt_manifests,
    spoilt_rules,
    mutants,
)


def rows() -> Iterator[Row]:
    """All experiments, in memory where there is a file system in memory."""
    memory = Path("/dev/shm")  # noqa: S108 -- the directories below it are made with new names
    for experiment in EXPERIMENTS:
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
            start = perf_counter()
            row = experiment(Path(name))
            seconds = perf_counter() - start
        verdict = "" if row.holds else "  FAILED"
        figures = f"tried {row.tried:,}, fired {row.fired:,}, survived {row.survived:,}"
        print(f"{row.what}: {figures} ({seconds:.0f} s; {row.note}){verdict}", flush=True)
        yield row


def digest() -> str:
    """The digest of the modules that were tested."""
    data = b"".join(path.read_bytes() for path in sorted(MODULES.glob("*.py")))
    return sha256(data).hexdigest()


def recorded() -> str:
    """The digest that the page names."""
    match = _DIGEST.search(PAGE.read_text("utf-8"))
    return match[1] if match else ""


def table(found: list[Row]) -> str:
    """The bench as the page shows it."""
    lines = ["| what | tried | fired | survived | |", "|---|---:|---:|---:|---|"]
    lines += [
        f"| {row.what} | {row.tried:,} | {row.fired:,} | {row.survived:,} | {row.note} |"
        for row in found
    ]
    return "".join(f"{line}\n" for line in lines)


def main() -> int:
    """1 if something was not survived, or did not fire."""
    found = list(rows())
    good = all(row.holds for row in found)
    if "--write" in sys.argv[1:] and good:
        text = PAGE.read_text("utf-8")
        text = _TABLE.sub(lambda match: match[1] + table(found) + match[2], text)
        PAGE.write_text(_DIGEST.sub(f"`sha256:{digest()}`", text), "utf-8")
    print("all survived" if good else "NOT all survived")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
