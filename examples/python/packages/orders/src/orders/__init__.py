"""A package of the shop."""
