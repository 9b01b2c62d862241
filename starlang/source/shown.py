"""Text of files as it may be shown: nothing in it can steer a terminal."""


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
