"""Views for people: plans and explanations on a terminal.

In: plans, explanations and diagnostics. Out: rich renderables. Computes nothing but
counts of what it is given, and never writes by itself.
"""
