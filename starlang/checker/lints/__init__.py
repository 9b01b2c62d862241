"""What is probably a mistake in rules that are right.

In: a compiled rule set without errors, and the places of its declarations. Out:
warnings. Each analysis is sound before it is complete: it says nothing that is not
so, and keeps silent where it cannot tell.
"""
