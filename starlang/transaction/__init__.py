"""Writing many files as one: after any crash all of them are old, or all are new.

In: a directory, and for each file in it the digest that it has and the bytes that it is
to get. Out: the files, and a journal that says how far it came.

New contents are staged beside a journal, made durable, and then exchanged with the files,
one atomic system call a file. What is displaced is looked at: an editor's save in the last
moment is put back, and everything with it. How far a transaction has come is not recorded
but read from the contents of the files, so that each step may be done again.

Every system call goes through `system.System`, in which tests break what can break.
"""
