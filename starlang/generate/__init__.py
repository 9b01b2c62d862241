"""New manifests: facts from the source of a package, words from the rules, nothing invented.

The files are found and read by `starlang.project.sources`, and written by `starlang.run.create`.
"""
