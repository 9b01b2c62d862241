"""Plain command lines: known options, written in full, with values that fit.

Whatever is not plain (help, mistakes, combined letters, completion) is left to Typer, which
reads every line that is read here to the same values.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from types import FunctionType, NoneType
from typing import NamedTuple, get_args, get_origin

from starlang.cli.commands import COMMANDS, function_of
from starlang.cli.output import put_version
from starlang.cli.parameters import Parameter

_INTEGER = re.compile(r"[0-9]{1,9}")


class _NotPlainError(Exception):
    """Typer is to look at it."""


class TakenParameter(NamedTuple):
    """A parameter of a command: its name in Python, and the type of its value, or of each."""

    name: str
    parameter: Parameter
    type: type
    many: bool

    @property
    def choices(self) -> list[str]:
        """The words that it may be; none where that is not a choice."""
        if self.parameter.choices is not None:
            return list(self.parameter.choices())
        return [each.value for each in self.type] if issubclass(self.type, StrEnum) else []

    def value(self, word: str) -> object:
        """What `word` stands for."""
        if not word or word.startswith("-"):
            raise _NotPlainError
        if self.type is int:
            return self._integer(word)
        try:
            return self.type(word)
        except ValueError:  # no member of the enumeration
            raise _NotPlainError from None

    def after(self, words: Iterator[str]) -> object:
        """What follows a flag of an option, taken from `words`; nothing follows a switch."""
        return True if self.type is bool else self.value(next(words, ""))

    def joined(self, flag: str, word: str) -> object:
        """What `flag=word` gives."""
        if self.type is bool or not flag.startswith("--"):
            raise _NotPlainError
        return self.value(word)

    def _integer(self, word: str) -> int:
        least, most = self.parameter.min, self.parameter.max
        if not _INTEGER.fullmatch(word):
            raise _NotPlainError
        number = int(word)
        if (least is not None and number < least) or (most is not None and number > most):
            raise _NotPlainError
        return number


def plain_call(words: Sequence[str]) -> Callable[[], None] | None:
    """The command that `words` call, with its arguments; None where they are not plain."""
    if _asks_more():
        return None
    if list(words) == ["--version"]:
        return put_version
    if not words or words[0] not in COMMANDS:
        return None
    function = function_of(words[0])
    takes = [taken(name, hint) for name, hint in function.__annotations__.items() if hint]
    try:
        given = _given(takes, words[1:])
    except _NotPlainError:
        return None
    if {each.name for each in takes} <= given.keys() | _with_defaults(function):
        return partial(function, **given)
    return None


def _with_defaults(function: FunctionType) -> set[str]:
    """The parameters of `function` that need not be given."""
    positional = function.__code__.co_varnames[: function.__code__.co_argcount]
    without = len(positional) - len(function.__defaults__ or ())
    return {*positional[without:], *(function.__kwdefaults__ or {})}


def _asks_more() -> bool:
    """Whether words may stand for others, or a shell asks how they could go on."""
    return sys.platform == "win32" or any(name.endswith("_COMPLETE") for name in os.environ)


def taken(name: str, hint: object) -> TakenParameter:
    """The parameter `name`, annotated as `Annotated[TYPE, option(…)]`."""
    declared, parameter = get_args(hint)
    variants = [each for each in get_args(declared) if each is not NoneType] or [declared]
    many = get_origin(variants[0]) is list
    return TakenParameter(name, parameter, get_args(variants[0])[0] if many else variants[0], many)


def _given(taken: Sequence[TakenParameter], words: Sequence[str]) -> dict[str, object]:
    """Name -> value of what `words` give."""
    options = {flag: each for each in taken for flag in each.parameter.flags}
    arguments = [each for each in taken if not each.parameter.flags]
    lists: dict[str, list[object]] = {each.name: [] for each in taken if each.many}
    given: dict[str, object] = {}
    rest = iter(words)
    for word in rest:
        flag, joined, value = word.partition("=")
        each = options.get(flag)
        if each is not None:
            found = each.joined(flag, value) if joined else each.after(rest)
        elif arguments and not word.startswith("-"):
            each = arguments[0] if arguments[0].many else arguments.pop(0)
            found = each.value(word)
        else:
            raise _NotPlainError
        if each.many:
            lists[each.name].append(found)
        elif each.name in given:
            raise _NotPlainError
        else:
            given[each.name] = found
    return given | {name: values for name, values in lists.items() if values}
