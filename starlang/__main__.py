"""`python -m starlang` runs the program.

Python puts the working directory first on the import path then, so a checkout with a file
`json.py` would be run instead of the library. It is taken off before anything is imported; a
checkout with a `starlang.py` or a `runpy.py` is stopped by `python -I -m starlang` alone.
"""

import sys

if not sys.flags.safe_path and __name__ == "__main__":
    del sys.path[0]

from starlang.cli.main import run

if __name__ == "__main__":
    run()
