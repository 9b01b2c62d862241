"""Others at work on the same files at the same time: an editor, and somebody who flips links."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Self

from attrs import define, field
from transaction.tree import Tree, make_tree

from starlang.transaction.files import digest_of
from starlang.transaction.journal import NOTHING, RecordKind, StaleError, StoppedError
from starlang.transaction.running import standings


@define
class Other:
    """A thread that does `act` over and over until it is told to stop."""

    act: Callable[[int], None]
    times: int = 0
    _stop: threading.Event = field(factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    _thread: threading.Thread = field(init=False)

    def _work(self) -> None:
        while not self._stop.is_set():
            self.act(self.times)
            self.times += 1


def race_with_an_editor(directory: Path, swaps: int) -> Counter[str]:
    """Writes and rolls back until `swaps` exchanges were tried, while somebody saves a file.

    A save is lost if it was the last one, and is neither in the file nor kept aside.
    """
    counts: Counter[str] = Counter()
    while counts["swaps"] < swaps:
        counts["rounds"] += 1
        tree = make_tree(directory / f"{counts['rounds']}", 6)
        victims = sorted(tree.new.keys() & tree.old.keys())
        victim = victims[counts["rounds"] % len(victims)]
        file = tree.root / victim
        saved: list[bytes] = [tree.old[victim]]

        def save(number: int, file: Path = file, saved: list[bytes] = saved) -> None:
            data = f'{{"saved": {number}}}\n'.encode()
            temporary = file.with_name("editor's")
            temporary.write_bytes(data)
            temporary.replace(file)
            saved.append(data)

        with Other(save):
            for _ in range(20):
                counts[_written_and_back(tree)] += 1
                counts["swaps"] += len(tree.new)
        counts["saves"] += len(saved) - 1
        kept = [each.read_bytes() for each in tree.place.state.rglob("stage/*")]
        counts["lost"] += saved[-1] not in {file.read_bytes(), *kept}
        others = {path: data for path, data in tree.files().items() if path != victim}
        wanted = {path: data for path, data in tree.old.items() if path != victim}
        counts["mixed"] += {p: d for p, d in others.items() if not p.endswith("editor's")} != wanted
    return counts


def _written_and_back(tree: Tree) -> str:
    """Applies to whatever the files are now, and rolls it back."""
    contents = []
    for target, data in tree.contents():
        if target.before == NOTHING:
            contents.append((target, data))
            continue
        before = digest_of((tree.root / target.path).read_bytes())
        mode = (tree.root / target.path).stat().st_mode & 0o7777
        contents.append((type(target)(target.path, before, target.after, mode), data))
    try:
        tree.runner().apply(contents, {}, lambda: None)
    except StaleError:
        return "stale"
    except StoppedError:
        return "conflict"
    tree.runner().roll_back([standings(tree.place)[-1].name])
    assert standings(tree.place)[-1].last is RecordKind.ROLLEDBACK
    return "written"


def race_with_links(directory: Path, rounds: int) -> Counter[str]:
    """Writes and rolls back while a directory is now itself, now a link out of the tree."""
    counts: Counter[str] = Counter()
    tree = make_tree(directory / "tree", 6)
    path = max(tree.new.keys() & tree.old.keys())
    inner = (tree.root / path).parent
    aside, outside = directory / "aside", directory / "outside"
    outside.mkdir()
    target = outside / Path(path).name
    target.write_bytes(tree.old[path])
    target.chmod(tree.modes[path])

    def flip(_number: int) -> None:
        inner.rename(aside)
        inner.symlink_to(outside)
        inner.unlink()
        aside.rename(inner)

    with Other(flip) as other:
        for _ in range(rounds):
            try:
                counts[_written_and_back(tree)] += 1
            except OSError:
                counts["unreadable"] += 1
            counts["opened"] += 2 * len(tree.new)
            counts["escaped"] += target.read_bytes() != tree.old[path]
            counts["recovered"] += _settle(tree)
            tree.runner().forget([each.name for each in standings(tree.place)])
    counts["flips"] = other.times
    return counts


def _settle(tree: Tree) -> int:
    """Takes back what was stopped, as often as it takes; how often that was."""
    for times in range(1_000):
        try:
            if tree.runner().recover(lambda: None, back=True) is None:
                return times
        except OSError:
            continue
    raise AssertionError("it can never be recovered")
