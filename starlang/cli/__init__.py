"""The program: arguments in, one library call, one view, one exit code.

A file a command. Holds no logic of its own; heavy imports stand inside the commands
that need them, because every run pays for what this package imports.
"""
