"""The compiled rule set: what the evaluator reads.

In: values made by the compiler, or the JSON of a compiled file. Out: `RuleSet`,
its canonical JSON and its two digests. Knows nothing of syntax: a program that
holds a compiled file needs no parser.
"""
