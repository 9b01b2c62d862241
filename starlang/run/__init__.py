"""The guarded run over a repository: pin, back up, canary, approve, apply, verify, roll back.

In: a project inside a git work tree. Out: files that say how far the run has come, and
manifests in which only the values of the approved plan have changed.

Every step is a function that takes a `Run`. It either does what its name says, or raises
one of `starlang.errors` and has changed nothing. Clock and user are handed in. What a
module becomes is decided by the engine, never here.
"""
