"""A rule set held against a corpus: what each rule does there, and how well all of them agree.

In: a rule set and the modules of a repository. Out: an `Inspection`, a value that says for
each rule how often it holds, alone and with others, what never holds and what lies near it,
what is found inside longer words, and how the stars that the rules would give compare with
those that the manifests carry. Every module is decided as if it carried the default star.
Nothing is estimated: each figure is counted, or is left out.
"""
