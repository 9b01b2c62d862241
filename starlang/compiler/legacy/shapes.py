"""Values of an old document, each checked for its shape when it is asked for."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation

from attrs import define

from starlang.compiler.legacy.old_file import Steps
from starlang.diagnostics.model import Diagnostic
from starlang.manifests.places import Places
from starlang.manifests.wording import kind, shown
from starlang.rulesets.model import MICRO
from starlang.text import did_you_mean


@define
class Shapes:
    """Reads one of the documents of `places`; what is wrong is added to `found`."""

    places: Places
    found: list[Diagnostic]
    document: int = 0

    @property
    def file(self) -> str:
        """The name of the document."""
        return self.places.names[self.document]

    def report(
        self, steps: Steps, code: str, message: str, *, hint: str = "", at_key: bool = False
    ) -> None:
        """Adds a diagnostic about the value, or the key, at `steps`."""
        self.found.append(
            self.places.finding(self.document, steps, code, message, hint=hint, at_key=at_key)
        )

    def record(
        self, value: object, steps: Steps, known: Collection[str], required: Collection[str] = ()
    ) -> Mapping[str, object]:
        """The members of an object; reports E901, E902 and E903."""
        if not isinstance(value, dict):
            self.wrong(value, steps, "an object")
            return {}
        for key in value:
            if key not in known:
                hint = did_you_mean(key, known) or f"the keys here are {_listed(known)}"
                message = f"nothing is known about the key `{key}`, so it cannot be carried"
                self.report((*steps, key), "E902", message, hint=hint, at_key=True)
        for key in required:
            if key not in value:
                self.report(steps, "E903", f"the key `{key}` is missing", hint=f"add `{key}`")
        return value

    def wrong(self, value: object, steps: Steps, wanted: str) -> None:
        """Reports E901: `value` is not of the kind that is wanted."""
        what = shown(value) if not isinstance(value, dict | list) else kind(value)
        where = f"`{steps[-1]}`" if steps and isinstance(steps[-1], str) else "this"
        self.report(steps, "E901", f"{where} is {what}, not {wanted}", hint=f"write {wanted}")

    def text(self, members: Mapping[str, object], key: str, steps: Steps) -> str:
        """The text at `key`, "" where there is none; a text that is there is not blank."""
        if key not in members:
            return ""
        value = members[key]
        if isinstance(value, str) and value.strip():
            return value
        self.wrong(value, (*steps, key), "a text")
        return ""

    def mapping(self, value: object, steps: Steps) -> Mapping[str, object]:
        """An object with any keys; empty where it is absent or null, as of old."""
        if value is None or isinstance(value, dict):
            return value or {}
        self.wrong(value, steps, "an object")
        return {}

    def rows(self, value: object, steps: Steps) -> list[object]:
        """The elements of a list; none where it is absent or null, as of old."""
        if value is None or isinstance(value, list):
            return value or []
        self.wrong(value, steps, "a list")
        return []

    def texts(self, value: object, key: str) -> Iterator[tuple[str, Steps]]:
        """The texts in the list at `key`, with the way to each."""
        for index, each in enumerate(self.rows(value, (key,))):
            where = (key, index)
            if isinstance(each, str) and each.strip():
                yield each, where
            else:
                self.wrong(each, where, "a text")

    def amount(
        self, members: Mapping[str, object], key: str, steps: Steps, default: Decimal
    ) -> Decimal:
        """The decimal at `key`: more than 0, at most 1, at most six places, else E904."""
        if key not in members:
            return default
        value = members[key]
        number = _decimal(value)
        if number is None:
            self.wrong(value, (*steps, key), "a number")
            return default
        numerator, denominator = number.as_integer_ratio()
        if 0 < number <= 1 and numerator * MICRO % denominator == 0:
            return number
        message = f"`{key}` is {shown(value)}, and it must be more than 0 and at most 1, "
        message += "with at most six places"
        self.report((*steps, key), "E904", message, hint="write a decimal like 0.40")
        return default


def _decimal(value: object) -> Decimal | None:
    match value:
        case bool():
            return None
        case int() | Decimal():
            return Decimal(value)
        case float():
            try:
                number = Decimal(repr(value))
            except InvalidOperation:
                return None
            return number if number.is_finite() else None
        case _:
            return None


def _listed(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
