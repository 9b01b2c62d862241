"""The project on disk: its config, its packaged data, its tree of manifests.

In: a directory to start from. Out: a `Config`, a `ModuleGraph`, and diagnostics for
what is wrong. Reads files and never writes one; decides nothing about modules.
"""
