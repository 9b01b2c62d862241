"""What an import gives."""

from attrs import field, frozen

from starlang.diagnostics.model import Diagnostic


@frozen
class Note:
    """Something that is otherwise in the new files than in the old one, in one plain sentence."""

    text: str

    def __str__(self) -> str:
        return self.text


@frozen
class Imported:
    """The rule files that say what the old file said.

    `files` are (name, text) pairs, the root first, in the order of its `use`; there are
    none where `diagnostics` has an error. `notes` say what was changed on purpose,
    warnings where an answer may differ from the old tools'.
    """

    files: tuple[tuple[str, str], ...] = field(repr=False)
    notes: tuple[Note, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Whether the import gave files."""
        return bool(self.files)
