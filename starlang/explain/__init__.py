"""Explanations: one module's decision in words and figures.

In: an `Evaluation` and its `Settlement`. Out: `Explanation` values, as text and as
plain data for JSON. Decides nothing: every figure is read from the evaluation, and
the matched text is found by the matcher that found the evidence.
"""
