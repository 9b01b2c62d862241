"""From the parser's tree to the nodes of the syntax tree.

In: trees of the grammar, and a `Builder` that knows the source. Out: nodes with spans; what
the grammar lets through and the language does not is among the builder's diagnostics.
"""
