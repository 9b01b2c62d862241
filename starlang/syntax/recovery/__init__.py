"""Reading a file that has syntax errors.

In: a text that the parser refuses. Out: every error, in the words of the language and with
a way out, and trees of the declarations that are right. No error is reported that is only a
consequence of another, and nothing is kept that stands on a guess.
"""
