"""The canonical layout of a file.

In: a `Source`. Out: its text laid out, or the syntax errors that stand in the way. The meaning
stays, and so do all comments. The way is that of pretty printers: the parser's tree, with the
comments of each token, becomes a document that says where lines may end, and printing it
decides where they do. Never reads or writes a file.
"""
