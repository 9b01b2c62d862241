"""Rules against modules.

In: a `RuleSet` and a `ModuleGraph`. Out: an `Evaluation`: the evidence, scores and
decision of every module, and what the ceilings let through. Pure: no I/O, no clock,
no chance, and nothing depends on the order of a hash table.

How it is fast: each facet is first reduced to *classes*, sets of modules that no test
of the rules tells apart, then each combination of classes that occurs (a *case*) is
decided once. Texts are classified by one pass of an automaton over all patterns.
"""
