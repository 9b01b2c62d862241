"""The plan: what a run would do, as a value bound to the world it was made from.

In: an `Evaluation` and what is known of its inputs. Out: a `Plan`, its canonical JSON
with a semantic digest, and rows for tables. Holds no clock, user or machine path.
"""
