"""A new project: what is found in a directory, what is guessed from it, and the files it gets.

In: a directory. Out: texts of files that pass `check`, `test` and `plan`, and what to tell
about them. Only `starlang.init.init` writes, and it replaces no file.
"""
