"""Coverage: which packages have a manifest, and which manifests have a package.

It compares two sets of paths. What they hold is found by `starlang.project.packages`.
"""
