"""The JSON rules that came before the language, as rule files.

In: the decoded JSON of a `star_rules.json`, and of a `star_canon.json` and a
`star_rules_exceptions.json` where there are such. Out: the texts of `.star` files, notes on
what was changed on the way, and diagnostics: an error (`E9xx`) for all that cannot be
carried, a warning (`W9xx`) with an example for all that may decide differently from the old
tools did. Never reads or writes a file, drops nothing unsaid, and gives old patterns to no
matcher but its own and RE2.
"""
