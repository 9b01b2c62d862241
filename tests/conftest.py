"""What all tests share: the requirement marker, and the real data where it is at hand."""

import gc
import os
import re
import shutil
import signal
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from program.effort import examples
from program.memory import keep_files_in_memory
from program.skeleton import commit, lay_out

ROOT = Path(__file__).resolve().parents[1]
DESIGNED_ROWS = 84
"""Bad inputs and faults that must be survived; those with higher numbers: docs/reliability.md."""
_OBJECTS_BEFORE_COLLECTION = 50_000
"""Python looks after 700, which takes a twentieth of the time of tests that make many objects."""
CORPUS = ROOT.parent / "shared" / "corpus" / "lukhas-2025-10-19"


# How long an example takes, or drawing it, depends on what else the machine does.
settings.register_profile(
    "all",
    deadline=None,
    max_examples=examples(100),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("all")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--requirements",
        action="store_true",
        help="run no test; list the delivered requirements that no test proves, and fail if any",
    )


def pytest_configure(config: pytest.Config) -> None:
    if not any(map(os.environ.get, ("TMPDIR", "PYTEST_DEBUG_TEMPROOT"))):
        keep_files_in_memory()
    # A shell ignores it for what runs in the background, and programs hand that down.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line(
        "markers", "requirement(*ids): the requirements of tests/requirements.toml that it proves"
    )
    config.addinivalue_line(
        "markers", "fault_row(*rows): the rows of the table of faults that it is about"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a requirement that does not exist: a typing error would prove nothing."""
    known = {name for section in _requirements().values() for name in section}
    for item in items:
        if unknown := _named_by(item) - known:
            message = f"{item.nodeid}: no such requirement: {', '.join(sorted(unknown))}"
            raise pytest.UsageError(message)


def pytest_collection_finish() -> None:
    """Keeps collected tests out of what the garbage collector looks at, and has it look rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if not session.config.getoption("--requirements"):
        return None
    proven = {name for item in session.items for name in _named_by(item)}
    delivered = _requirements()["delivered"]
    unproven = {name: words for name, words in delivered.items() if name not in proven}
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter):
        count = len(delivered) - len(unproven)
        reporter.write_line(f"{count} of {len(delivered)} delivered requirements have a test")
        for name, words in unproven.items():
            reporter.write_line(f"{name} has no test: {words}")
    rows = {
        int(row)
        for item in session.items
        for mark in item.iter_markers("fault_row")
        for row in mark.args
    }
    wanted = _fault_rows()
    missing = [row for row in wanted if row not in rows]
    if isinstance(reporter, pytest.TerminalReporter):
        count = len(wanted) - len(missing)
        reporter.write_line(f"{count} of {len(wanted)} rows of the table of faults have a test")
        for row in missing:
            reporter.write_line(f"row {row} has no test")
    session.testsfailed = len(unproven) + len(missing)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many faults were tried, how many of them happened, and how many were survived."""
    figures = [
        counts
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, counts in getattr(report, "user_properties", ())
        if name == "faults" and getattr(report, "when", "") == "call"
    ]
    if figures:
        tried, fired, survived = (sum(each) for each in zip(*figures, strict=True))
        line = f"faults: tried {tried:,}, fired {fired:,}, survived {survived:,}"
        terminalreporter.write_line(line)


def _named_by(item: pytest.Item) -> set[str]:
    return {str(name) for mark in item.iter_markers("requirement") for name in mark.args}


def _fault_rows() -> list[int]:
    page = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    more = re.findall(r"(?m)^\| ([0-9]+) \|", page)
    return [*range(1, DESIGNED_ROWS + 1), *map(int, more)]


def _requirements() -> dict[str, dict[str, str]]:
    return tomllib.loads((ROOT / "tests" / "requirements.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The root of this repository."""
    return ROOT


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real manifests and rules of a public monorepo, for reading only. They are no part of this
    repository, so tests that need them are skipped where they are absent."""
    if not CORPUS.is_dir():
        pytest.skip(f"needs the corpus at {CORPUS}, which is not part of this repository")
    return CORPUS


@pytest.fixture(scope="session")
def skeleton(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository that the corpus was taken from, laid out anew; for reading only."""
    root = tmp_path_factory.mktemp("skeleton") / "monorepo"
    lay_out(corpus, root)
    commit(root)
    return root


@pytest.fixture
def corpus_copy(corpus: Path, tmp_path: Path) -> Path:
    """A copy of the corpus that a test may change."""
    copy = tmp_path / "corpus"
    shutil.copytree(corpus, copy, copy_function=shutil.copyfile)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy


@pytest.fixture
def example_copy(tmp_path: Path) -> Path:
    """A copy of the example project that a test may change."""
    copy = tmp_path / "constellation"
    shutil.copytree(ROOT / "examples" / "constellation", copy)
    return copy
