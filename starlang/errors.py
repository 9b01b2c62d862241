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
