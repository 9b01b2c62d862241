"""How texts are compared: words, globs, patterns and masks.

In: strings. Out: yes or no, and spans. The only package that imports RE2; a
pattern of a user never reaches Python's `re`, whose running time has no bound.
"""
