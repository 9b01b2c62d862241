"""The graph of modules as people and programs see it."""
