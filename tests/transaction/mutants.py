"""Protocols with one fault each: the tests have to notice every one of them."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from program.run import environment

ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = Path("starlang", "transaction")
_ENDS = {0, 1, 2}
"""How pytest ends: all passed, some failed, or stopped at the first."""
_LEFT_OUT = tuple(
    f"--ignore=tests/transaction/{name}.py"
    for name in ("test_kills", "test_bench")  # slow; and one that any change fails
)
_TESTS = tuple(
    f"tests/transaction{each}" for each in ("/test_transaction.py", "/test_power.py", "")
)
"""Those first that notice most in the shortest time."""
_COPIED = ("starlang", "tests", "pyproject.toml", "configs", "grammar", "rules")


@frozen
class Mutant:
    """What is wrong, and the text that is replaced: it occurs once in the file."""

    words: str
    file: str
    old: str
    new: str


MUTANTS = (
    Mutant(
        "what is staged is not synced",
        "transaction.py",
        "    prepare(ground, directory)\n    system.sync_all(directory)\n",
        "    prepare(ground, directory)\n",
    ),
    Mutant(
        "records are not synced",
        "journal.py",
        "        self._system.sync(self._descriptor)\n\n    def note",
        "\n    def note",
    ),
    Mutant(
        "exchanges are not synced before the end",
        "transaction.py",
        "            transaction.ground.system.sync_all(transaction.stage)\n"
        "            conflicts = _verify",
        "            conflicts = _verify",
    ),
    Mutant(
        "directories that are made are not synced",
        "transaction.py",
        "        transaction.ground.system.sync_all(transaction.stage)\n    for number",
        "    for number",
    ),
    Mutant(
        "what is created replaces what is there",
        "files.py",
        "_renamed((one, name), (other, other_name), _NO_REPLACE)",
        "_renamed((one, name), (other, other_name), 0)",
    ),
    Mutant(
        "what was created and edited since is taken away",
        "transaction.py",
        "            if taken is not None and taken.digest == expected:\n"
        "                return True\n",
        "            return True\n",
    ),
    Mutant(
        "it is ready before anything is staged",
        "transaction.py",
        "    _stage(transaction, contents)\n    prepare(ground, directory)\n",
        "    prepare(ground, directory)\n    transaction.journal.note(RecordKind.READY, count=0)\n"
        "    _stage(transaction, contents)\n",
    ),
    Mutant(
        "the lock of git is taken before it is durable whose it is",
        "transaction.py",
        "    system.sync_all(directory)\n    take(ground, directory)\n",
        "    take(ground, directory)\n    system.sync_all(directory)\n",
    ),
    Mutant(
        "the lock of git is not taken",
        "place.py",
        "    if path is not None and not _is_own(system, directory, path):\n",
        "    if False:\n",
    ),
    Mutant(
        "going back is not recorded",
        "transaction.py",
        "        transaction.journal.append(RecordKind.ROLLBACK, why=why)\n",
        "        pass\n",
    ),
    Mutant(
        "targets are not looked at before",
        "transaction.py",
        "    if problems:\n        raise StaleError",
        "    if False:\n        raise StaleError",
    ),
    Mutant(
        "what was displaced is not looked at",
        "transaction.py",
        "        if displaced is not None and displaced.digest == expected:\n",
        "        if displaced is not None:\n",
    ),
    Mutant(
        "of two saves the older one stays",
        "transaction.py",
        "        if mine is None or again is None or again.digest != mine.digest:\n",
        "        if mine is None:\n",
    ),
    Mutant(
        "nothing is read back",
        "transaction.py",
        "        if (live, displaced) == (target.after, target.before):\n",
        "        if target:\n",
    ),
    Mutant(
        "recovery goes on over files that are neither",
        "transaction.py",
        "    if neither:\n        raise NeitherError",
        "    if False:\n        raise NeitherError",
    ),
    Mutant(
        "going back overwrites what was edited since",
        "transaction.py",
        "        if live != target.after and not (force and live):\n",
        "        if not live:\n",
    ),
    Mutant(
        "a copy from the backup is believed",
        "transaction.py",
        "    if data is None or digest_of(data) != target.before:\n",
        "    if data is None:\n",
    ),
    Mutant(
        "modes are not kept",
        "transaction.py",
        "            system.set_mode(descriptor, target.mode)\n",
        "",
    ),
    Mutant(
        "links are followed",
        "files.py",
        "_RESOLVE = _NO_XDEV | _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH\n",
        "_RESOLVE = 0 * (_NO_XDEV | _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH)\n",
    ),
    Mutant(
        "check sums of records are not compared",
        "journal.py",
        "    if len(text) != int(match[2]) or crc32(text) != int(match[1], 16):\n",
        "    if len(text) != int(match[2]):\n",
    ),
    Mutant(
        "records need not follow each other",
        "journal.py",
        'or record["seq"] != number or record["prev"] != previous',
        "",
    ),
    Mutant(
        "an unfinished one is passed over",
        "running.py",
        "                if not standing.is_finished:\n                    raise UnfinishedError"
        "(standing.name)\n            with begun",
        "                pass\n            with begun",
    ),
    Mutant(
        "two may work at once",
        "files.py",
        "        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)\n",
    ),
)


def tried(directory: Path) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant, and whether the tests of transactions have noticed it."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, directory / name)
        else:
            shutil.copy(source, directory / name)
    assert not _fails(directory), "the tests fail without any mutant"
    for mutant in MUTANTS:
        file = directory / _PACKAGE / mutant.file
        text = file.read_text("utf-8")
        assert text.count(mutant.old) == 1, mutant.words
        file.write_text(text.replace(mutant.old, mutant.new), "utf-8")
        yield mutant, _fails(directory)
        file.write_text(text, "utf-8")


def _fails(directory: Path) -> bool:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"),
            *("--numprocesses=2", *_LEFT_OUT, *_TESTS),
        ],
        cwd=directory,
        env=environment(PYTHONPATH=str(directory), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        check=False,
    )
    assert done.returncode in _ENDS, done.stdout.decode() + done.stderr.decode()
    return done.returncode != 0
