"""Acceptance: whether everything that was asked of a run holds, looked up anew in the files.

The criteria are in `starlang.accept.criteria`; what they look at is in `starlang.accept.evidence`.
"""
