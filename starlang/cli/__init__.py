"""The program: arguments in, one library call, one view, one exit code.

A file per group of commands. Holds no logic of its own; heavy imports are inside the commands
that need them, because every run pays for what this package imports.
"""
