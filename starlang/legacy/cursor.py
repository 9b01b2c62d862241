"""A place in an old pattern while it is read, and the two ways in which reading ends early."""

from typing import NoReturn

from attrs import define, field, frozen


@frozen
class Unreadable:
    """Why a pattern is no tree. `text` is the part that is to blame.

    `invalid`: `re` refuses it too; otherwise it is valid, but nothing here can carry it.
    """

    reason: str
    text: str
    invalid: bool


class UnreadableError(Exception):
    """Ends the reading of a pattern; it never leaves the parser."""

    def __init__(self, why: Unreadable) -> None:
        super().__init__(why.reason)
        self.why = why


@define
class Cursor:
    """The pattern, and the offset of what comes next. `names` are those of its groups so far."""

    pattern: str
    at: int = 0
    names: set[str] = field(factory=set)

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.pattern)

    def invalid(self, reason: str, start: int) -> NoReturn:
        """Ends with a pattern that `re` refuses as well; `start` is where the fault begins."""
        text = self.pattern[start : max(self.at, start + 1)]
        raise UnreadableError(Unreadable(reason, text, invalid=True))

    def unknown(self, what: str, text: str) -> NoReturn:
        """Ends with a construct that has no counterpart."""
        raise UnreadableError(Unreadable(what, text, invalid=False))

    def starts(self, text: str) -> bool:
        """Whether `text` comes next."""
        return self.pattern.startswith(text, self.at)

    def take(self, text: str) -> bool:
        """Whether `text` comes next; then it is passed."""
        if self.starts(text):
            self.at += len(text)
            return True
        return False

    def next(self, what: str, start: int) -> str:
        """The next character, which is passed; a pattern that ends here is invalid."""
        if self.at_end:
            self.invalid(f"the pattern ends inside {what}", start)
        self.at += 1
        return self.pattern[self.at - 1]

    def digits(self, allowed: str, most: int) -> str:
        """Up to `most` characters out of `allowed`, which are passed."""
        start = self.at
        while self.at < start + most and not self.at_end and self.pattern[self.at] in allowed:
            self.at += 1
        return self.pattern[start : self.at]
