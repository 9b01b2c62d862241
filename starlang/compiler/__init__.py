"""From checked rules to the compiled rule set.

In: a `Checked` without errors. Out: a `RuleSet` in normal form, equal for all ways to
arrange the same declarations, and the test cases of the files. Finds no mistakes:
that is the checker's part.
"""
