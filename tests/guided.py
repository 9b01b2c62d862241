"""Fuzzes one target, guided by coverage, until its time is over or it crashes (`fuzz.py`).

    python tests/guided.py TARGET SECONDS

Only the program is instrumented, and while it is imported: to do it for all functions of the
process takes as long as a few thousand inputs.
"""

import sys

import atheris

with atheris.instrument_imports(include=["starlang"], enable_loader_override=False):
    from fuzz import TARGETS, corpus_of, seeds

    for seed in seeds(sys.argv[1]):  # imports what the target imports when it runs
        TARGETS[sys.argv[1]](seed)


def main(target: str, seconds: str) -> None:
    """Never returns: atheris ends the process, with a code that is not 0 after a crash."""
    corpus = corpus_of(target)
    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2000", "-max_len=16384"]
    atheris.Setup(
        [sys.argv[0], *options, f"-artifact_prefix={corpus}-", str(corpus)], TARGETS[target]
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
