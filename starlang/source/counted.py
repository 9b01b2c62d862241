"""Numbers of things in words."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 file`, `1,421 modules`; `many` where that is not `one` and an `s`: `2 modules are`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
