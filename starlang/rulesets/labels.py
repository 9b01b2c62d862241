"""How labels of stars are compared."""

import unicodedata

_VARIATION_SELECTORS = dict.fromkeys((0xFE0E, 0xFE0F))


def spelled(label: str) -> str:
    """`label` as it is compared: NFC, without the selectors of text or emoji style."""
    return unicodedata.normalize("NFC", label).translate(_VARIATION_SELECTORS)
