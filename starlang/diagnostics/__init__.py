"""What is wrong with the user's input, as values.

In: facts found by other stages. Out: diagnostics with a code, a place, a message
and a way out, and their renderings as text and JSON. Never prints, never raises.
"""
