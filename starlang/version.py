"""The program's version. `pyproject.toml` reads it here; asking the installer costs start-up."""

VERSION = "0.1.0"
