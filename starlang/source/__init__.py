"""Texts and places in them.

In: the text of one file and the name that people know it by. Out: positions and
spans. Never reads a file, never decides what an error is.
"""
