"""Texts of other formats: bytes in, values with their places out, and edits of single values.

JSON and TOML are read strictly, within limits, and never raise: what is wrong is a value that
says why and where. Nothing here knows what a manifest is.
"""
