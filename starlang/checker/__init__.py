"""What rule files mean, and everything that is wrong with it.

In: parsed files (the root first) and a manifest profile. Out: `Checked`, in which
names are resolved, amounts are exact and in range and conditions are typed, and all
diagnostics of all files at once. Never stops at the first error, never raises for
what a user wrote, never reads a file.
"""
