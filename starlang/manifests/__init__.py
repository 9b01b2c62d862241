"""Manifests as values: JSON text in, modules with facets out.

In: the bytes of manifests and a profile that says where facets are. Out: a module
graph, and diagnostics for what cannot be read. Never opens a file, never knows a
rule. With `texts`, the only package that handles JSON of any shape (`object`).
"""
