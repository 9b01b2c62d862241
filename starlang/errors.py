"""The exceptions that the library raises, all from one base class.

Each can be pickled, and its text can be printed: what no stream can carry is escaped.
"""

from collections.abc import Iterable

from starlang.diagnostics.model import Diagnostic
from starlang.text import one_line


class StarlangError(Exception):
    """Something that the caller has to deal with."""

    def __repr__(self) -> str:
        return one_line(f"<{type(self).__name__}: {self}>")


class InputError(StarlangError):
    """Files are wrong. `diagnostics` says what and where, sorted; there is at least one."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return _listed(self.diagnostics)


class RulesError(InputError):
    """A rule set has errors, so there is nothing to compile."""


class SetupError(InputError):
    """A config, profile or schema cannot be used."""


class UnknownNameError(StarlangError, KeyError):
    """There is no module, or outcome, with the name that was asked for."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.message}; {self.hint}" if self.hint else self.message
        return _printable(text)


class UnknownStarError(UnknownNameError):
    """There is no star with the name that was asked for."""


class MissingPackageError(StarlangError, ImportError):
    """A package that only some calls need is not installed."""


class TablesError(StarlangError):
    """Tables of modules cannot be decided: a column is missing, or holds what no facet has."""


class RefusedError(StarlangError):
    """A step of a run refuses to go on. `diagnostics` says why and what to do; at least one."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return _listed(self.diagnostics)


class GateClosedError(RefusedError):
    """A step before this one is missing, or what it was made from has changed."""


class UnsafeError(RefusedError):
    """A safety limit forbids to go on."""


class UnreadyError(RefusedError):
    """This machine, or this directory, cannot carry a run."""


def _listed(diagnostics: Iterable[Diagnostic]) -> str:
    return _printable("\n".join(map(str, diagnostics)))


def _printable(text: str) -> str:
    """`text` with escapes for lone surrogates, which no stream can carry."""
    return text.encode(errors="backslashreplace").decode()
