"""The library: what `import starlang` offers, as typed values.

In: paths, texts, dictionaries. Out: values that print on one line, and can be compared,
copied and pickled, but not changed; their amounts are exact decimals. Wraps the functions
that the commands call, prints nothing, and raises nothing but a `StarlangError`, or a
`TypeError` for an argument of a wrong type.
"""
