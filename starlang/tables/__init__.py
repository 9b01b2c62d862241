"""Tables: plans, graphs, comparisons and inspections as rows with typed columns.

In: values of the stages before. Out: rows as tuples, CSV, and Arrow record batches, which
pandas, Polars, DuckDB and Spark read without any code of ours. `definitions` says what a column
can be, `plan` and its neighbours which tables there are, `arrow` is the only file that imports
pyarrow, and it does so when it is asked for the first batch.
"""
