"""Tables: plans, graphs, comparisons and inspections as rows with typed columns.

In: values of the stages before. Out: rows as tuples, CSV, and Arrow record batches, which
pandas, Polars, DuckDB and Spark read without any code of ours. `model` says what a column
can be, `plan` and its neighbours which tables there are, pyarrow is
imported by `arrow` alone, when the first batch is asked for.
"""
