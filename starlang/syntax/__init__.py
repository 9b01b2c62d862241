"""The language as text: `.star` source in, syntax tree out, and diagnostics.

In: a `Source`. Out: a `File` of nodes with spans, and every syntax error of
the file in one run. Never reads a file, never looks a name up.
"""
