"""The exceptions that the library raises, all from one base class."""

from starlang.diagnostics.model import Diagnostic


class StarlangError(Exception):
    """Something that the caller has to deal with."""


class InputError(StarlangError):
    """Files are wrong. `diagnostics` says what and where, sorted; there is at least one."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics


class RulesError(InputError):
    """A rule set has errors, so there is nothing to compile."""


class SetupError(InputError):
    """A config, profile or schema cannot be used."""


class UnknownStarError(StarlangError):
    """There is no star with the name that was asked for."""


class RefusedError(StarlangError):
    """A step of a run refuses to go on. `diagnostics` says why and what to do; at least one."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(map(str, diagnostics)))
        self.diagnostics = diagnostics


class GateClosedError(RefusedError):
    """A step before this one is missing, or what it was made from has changed."""


class UnsafeError(RefusedError):
    """A safety limit forbids to go on."""


class UnreadyError(RefusedError):
    """This machine, or this directory, cannot carry a run."""
