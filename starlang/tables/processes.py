"""Batches decided by several processes, in the order in which they come.

A batch goes to a worker as a file in the format that Arrow has in memory, and so do the decisions
come back; both are mapped instead of read, and removed at once. Through a pipe, every byte would be
copied several times, which took a seventh of the time of all processes (benchmarks/cores.py).

Workers are started as Python starts processes on this platform. Where they are forked, they have
the evaluator already.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from attrs import frozen

from starlang.errors import TablesError
from starlang.tables.arrow import BATCH, arrow
from starlang.tables.batches import BatchEvaluator
from starlang.tables.decide import decide
from starlang.tables.model import Amounts

if TYPE_CHECKING:
    import pyarrow as pa

    Batches = Iterable[pa.RecordBatch]

_AHEAD = 2
"""Batches per worker that wait for it, or for those before them: memory is that of so many."""


@frozen
class Work:
    """How batches are decided."""

    evaluator: BatchEvaluator
    amounts: Amounts
    reassess: bool

    def decide(self, batches: "Batches") -> Iterator["pa.RecordBatch"]:
        """The decisions on the modules of `batches`, by this process."""
        return decide(self.evaluator, batches, amounts=self.amounts, reassess=self.reassess)


def decide_over(work: Work, batches: "Batches", workers: int) -> Iterator["pa.RecordBatch"]:
    """The same decisions in the same batches, however many processes there are."""
    parts = _parts(batches)
    return work.decide(parts) if workers == 1 else _spread(work, parts, workers)


def _parts(batches: "Batches") -> Iterator["pa.RecordBatch"]:
    """The batches in parts: what is decided at once takes memory, however large they come in."""
    for batch in batches:
        for start in range(0, len(batch), BATCH):
            yield batch.slice(start, BATCH)


def _spread(work: Work, parts: "Batches", workers: int) -> Iterator["pa.RecordBatch"]:
    yield from work.decide(())  # which refuses rules that no worker could decide by
    waiting: deque[Future[Path]] = deque()
    with (
        TemporaryDirectory(prefix="starlang.", ignore_cleanup_errors=True) as folder,
        ProcessPoolExecutor(workers, initializer=_start, initargs=(work,)) as pool,
    ):
        try:
            for number, part in enumerate(parts):
                file = _written([part], Path(folder, str(number)))
                waiting.append(pool.submit(_decide, file))
                if len(waiting) > _AHEAD * workers:
                    yield from _taken(waiting.popleft().result())
            while waiting:
                yield from _taken(waiting.popleft().result())
        except BrokenProcessPool:
            raise TablesError(
                "a process that was to decide modules has ended: if memory ran out, try fewer "
                "workers; where Python starts processes anew (spawn, forkserver), the calling "
                'script needs `if __name__ == "__main__":`'
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


_works: list[Work] = []
"""In a worker, what it does."""


def _start(work: Work) -> None:
    _works.append(work)


def _decide(file: Path) -> Path:
    """Decides the modules of a file; the file with the decisions."""
    (work,) = _works
    return _written(work.decide(_taken(file)), file.with_suffix(".decided"))


def _written(batches: "Batches", file: Path) -> Path:
    pa = arrow()
    with pa.OSFile(str(file), "wb") as out:
        writer = None
        for batch in batches:
            writer = writer or pa.ipc.new_stream(out, batch.schema)
            writer.write_batch(batch)
        if writer is not None:
            writer.close()
    return file


def _taken(file: Path) -> list["pa.RecordBatch"]:
    """The batches of a file, which is no longer there but for their memory."""
    pa = arrow()
    with pa.memory_map(str(file)) as mapped:
        found = list(pa.ipc.open_stream(mapped))
    file.unlink()
    return found
