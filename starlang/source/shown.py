"""Text of files as it may be shown: nothing in it can steer a terminal."""

_WIDTH = 100


def shown(text: str) -> str:
    """`text` with every character that is not printable escaped, as `ascii()` writes it.

    Joiners and selectors of emoji stay: they print nothing by themselves.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character.isprintable() or character in "\u200d\ufe0e\ufe0f"
        else ascii(character)[1:-1]
        for character in text
    )


def one_line(text: str) -> str:
    """`text` on one line of at most 100 characters, as `repr` of a value shows it."""
    line = shown(text)
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 2]}…{line[-1]}"
