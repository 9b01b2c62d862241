"""Views for people: on a terminal, and as HTML pages.

In: plans, explanations, graphs and diagnostics. Out: rich renderables and texts of pages.
Computes nothing but counts of what it is given, and never writes a file itself.
"""
