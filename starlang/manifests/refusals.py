"""Why a JSON text is refused, as a value; and the reasons that lie in its bytes."""

from attrs import frozen

from starlang.diagnostics.model import Diagnostic, Label
from starlang.text import Source, Span


@frozen
class Refusal:
    """A JSON text that is not read.

    `span` counts code points of the decoded text and is None where the whole file is
    meant. `first` is the other place where two are involved.
    """

    code: str
    message: str
    hint: str
    span: Span | None = None
    first: Span | None = None

    def diagnostic(self, name: str, data: bytes) -> Diagnostic:
        """The finding about the file `name`, whose bytes are `data`."""
        labels: tuple[Label, ...] = ()
        if self.span is not None:
            source = Source(name, data.decode(errors="replace"))
            labels = (Label(source, self.span),)
            if self.first is not None:
                labels += (Label(source, self.first, "the first one"),)
        return Diagnostic(
            code=self.code, message=self.message, file=name, labels=labels, hint=self.hint
        )


def too_large(limit: int) -> Refusal:
    """More bytes than are read."""
    return Refusal(
        "E501",
        f"the file has more than {limit:,} bytes, and no more are read",
        "keep generated data out of it, or split it",
    )


def empty() -> Refusal:
    """Nothing but white space."""
    return Refusal("E502", "the file is empty", "write a JSON object, or delete the file")


def other_encoding() -> Refusal:
    """UTF-16 or UTF-32."""
    return Refusal("E503", "the file is UTF-16 or UTF-32, not UTF-8", "save it as UTF-8")


def byte_order_mark() -> Refusal:
    """UTF-8 with a mark in front that JSON does not allow."""
    return Refusal(
        "E504",
        "the file starts with a byte order mark, which JSON does not allow",
        "save it as UTF-8 without a byte order mark (BOM)",
        Span(0, 1),
    )


def invalid_utf8(data: bytes, offset: int) -> Refusal:
    """A byte that no UTF-8 text has there; `offset` counts bytes from 0."""
    at = len(data[:offset].decode())
    return Refusal(
        "E505",
        f"byte {offset} (0x{data[offset]:02x}) is not UTF-8",
        "save the file as UTF-8",
        Span(at, at + 1),
    )
