"""Why not: what a module lacks for a star, what is in the way, and what would change that.

In: the `Grounds` of an explanation (evaluation, settlement, schema) and a star. Out:
`WhyNot` values, as text and as plain data for JSON. A change is only ever named after it
was made, in memory, and everything was evaluated again with it. Nothing is written.
"""
