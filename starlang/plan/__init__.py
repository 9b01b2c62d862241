"""The plan: what a run would do, as a value bound to the world it was made from.

In: an `Evaluation` and what is known of its inputs. Out: a `Plan`, and its canonical
JSON with a semantic digest. Holds no clock, user or machine path.
"""
