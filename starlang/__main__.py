"""`python -m starlang` runs the program."""

from starlang.cli.main import run

if __name__ == "__main__":
    run()
