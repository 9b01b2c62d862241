"""Packages with one trap each, and what is to become of each: facts, or findings with a line."""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

LEFT_OUT = None
"""For a fact that could not be found out."""

Files = Mapping[str, bytes | str]


@frozen
class Trap:
    """`files` are relative to the package; `codes` are (code, file, line) of its findings.

    Facts that are not given are as of a package that needs and offers nothing.
    """

    path: str
    files: Files
    codes: Sequence[tuple[str, str, int]] = ()
    external: Sequence[str] | None = ()
    internal: Sequence[str] | None = ()
    classes: Sequence[str] = ()
    functions: Sequence[str] = ()
    constants: Sequence[str] = ()
    exports: bool = True
    tests: Sequence[str] = ()
    kind: str = "package"
    elsewhere: Files = field(factory=dict)


INIT = "__init__.py"

TRAPS = (
    Trap("plain", {INIT: "import yaml\nclass A: ...\n"}, external=["yaml"], classes=["A"]),
    Trap("empty", {INIT: ""}),
    Trap("both", {INIT: "import six\n", "z.py": "from . import six\n"}, external=["six"]),
    Trap(
        "broken",
        {INIT: "import yaml\n\nx = = 1\n"},
        [("W553", INIT, 3)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "half_broken",
        {INIT: "import yaml\n", "bad.py": "def f(:\n"},
        [("W553", "bad.py", 1)],
        external=["yaml"],
    ),
    Trap("bom", {INIT: b"\xef\xbb\xbfimport yaml\n__all__ = []\n"}, external=["yaml"]),
    Trap(
        "latin",
        {INIT: "# -*- coding: latin-1 -*-\nX = '\xe9'\nimport yaml\n".encode("latin-1")},
        external=["yaml"],
        constants=["X"],
    ),
    Trap(
        "wrong_coding",
        {INIT: "# -*- coding: nothing -*-\nimport yaml\n"},
        [("W553", INIT, 0)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "not_utf8",
        {INIT: b"X = '\xe9'\n"},
        [("W553", INIT, 1)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "crlf",
        {INIT: "import yaml\r\n__all__ = [\r\n 'a',\r\n]\r\na = 1\r\n"},
        external=["yaml"],
        constants=["a"],
    ),
    Trap("only_cr", {INIT: "import yaml\rimport six\r"}, external=["six", "yaml"]),
    Trap(
        "nulls",
        {INIT: b"import yaml\n\0\n"},
        [("W553", INIT, 0)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap("large", {INIT: "import yaml\n" + "# " + "x" * (5 << 20) + "\n"}, external=["yaml"]),
    Trap(
        "too_large",
        {INIT: "import yaml\n" + "#" * ((8 << 20) + 1)},
        [("W553", INIT, 0)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "deep",
        {INIT: "import yaml\nx = " + "(" * 10_000 + ")" * 10_000 + "\n"},
        [("W553", INIT, 2)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "deep_names",
        {INIT: "x" + ".a" * 10_000 + "\n"},
        [("W553", INIT, 1)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "computed_all",
        {INIT: "import yaml\n__all__ = [n for n in dir()]\n"},
        [("W554", INIT, 2)],
        external=["yaml"],
        exports=False,
    ),
    Trap(
        "grown_all",
        {INIT: "a = b = 1\n__all__ = ['a']\n__all__ += ['b']\n__all__.append('C')\nclass C: ...\n"},
        classes=["C"],
        constants=["a", "b"],
    ),
    Trap(
        "others_all",
        {
            INIT: "from . import x\n__all__ = ['a']\n__all__ += x.__all__\na = 1\n",
            "x.py": "__all__ = []\n",
        },
        [("W554", INIT, 3)],
        exports=False,
    ),
    Trap(
        "untrue_all",
        {INIT: "__all__ = [\n    'here',\n    'gone',\n]\n\n\ndef here(): ...\n"},
        [("W555", INIT, 1)],
        functions=["here"],
    ),
    Trap(
        "star",
        {INIT: "import six\nfrom .x import *\n", "x.py": "def f(): ...\n"},
        [("W554", INIT, 2)],
        external=["six"],
        exports=False,
    ),
    Trap(
        "star_and_all",
        {INIT: "from .x import *\n__all__ = ['f']\n", "x.py": "def f(): ...\n"},
    ),
    Trap(
        "lazy",
        {INIT: "\n\ndef __getattr__(name): ...\n"},
        [("W554", INIT, 3)],
        exports=False,
    ),
    Trap(
        "conditional",
        {
            INIT: "import sys\nif sys.platform == 'win32':\n    import winreg\nelse:\n"
            "    import pwd_like\ntry:\n    import fast as it\n"
            "except ImportError:\n    import slow as it\n"
        },
        external=["fast", "pwd_like", "slow"],
    ),
    Trap(
        "typed",
        {
            INIT: "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import plain\n"
            "    from _typeshed import Incomplete\n    from numpy import ndarray\n"
        },
        external=["numpy"],
        internal=["plain"],
    ),
    Trap(
        "in_function",
        {INIT: "def f():\n    import plain\n    import late\n"},
        external=["late"],
        internal=["plain"],
        functions=["f"],
    ),
    Trap(
        "beyond",
        {INIT: "from ... import far\nimport six\n"},
        [("W556", INIT, 0)],
        external=["six"],
    ),
    Trap("trace", {INIT: "import abc\n"}),
    Trap("uses_trace", {INIT: "import trace\nimport trace.more\n"}, internal=["trace"]),
    Trap("collections", {INIT: "import collections.abc\n"}),
    Trap("upper", {INIT: "from upper.Inner import x\n"}),
    Trap("rebuild", {INIT: ""}),
    Trap("distill", {INIT: ""}),
    Trap(
        "shared",
        {INIT: "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"},
        kind="namespace",
    ),
    Trap(
        "declared",
        {INIT: "import pkg_resources\npkg_resources.declare_namespace(__name__)\n"},
        external=["pkg_resources"],
        kind="namespace",
    ),
    Trap("of_space", {INIT: "import space.inner.deep\n"}, elsewhere={"space/inner/x.py": ""}),
    Trap(
        "followed",
        {
            INIT: "from .a import Shown as Named, f, LIMIT\nfrom os import path\n",
            "a.py": "from .b import Real as Shown\nfrom plain import A as f\nLIMIT = 1\n",
            "b.py": "class Real: ...\n",
        },
        classes=["Named", "f"],
        constants=["LIMIT"],
        internal=["plain"],
    ),
    Trap(
        "circle",
        {
            INIT: "from .a import x\n__all__ = ['x']\n",
            "a.py": "from .b import x\n",
            "b.py": "from .a import x\n",
        },
    ),
    Trap("alias", {INIT: "class A: ...\nB = A\n__all__ = ['B']\n"}, classes=["B"]),
    Trap(
        "fallback",
        {
            INIT: "try:\n    from plain import A\nexcept ImportError:\n    A = None\n"
            "__all__ = ['A']\n"
        },
        classes=["A"],
        internal=["plain"],
    ),
    Trap("submodule", {INIT: "from . import x\n__all__ = ['x', 'y']\n", "x.py": "", "y.py": ""}),
    Trap("private", {INIT: "_x = 1\ndef _f(): ...\nlower = 1\nUPPER = 2\n"}, constants=["UPPER"]),
    Trap(
        "newer",
        {
            INIT: "import yaml\ntype Alias[T] = list[T]\nclass Box[T]: ...\n"
            "def first[T](x: T) -> T: return x\nTEXT = f\"{'a' + f\"{'b'}\"}\"\n"
            "__all__ = ['Alias', 'Box', 'first']\n"
        },
        external=["yaml"],
        classes=["Box"],
        functions=["first"],
        constants=["Alias"],
    ),
    Trap(
        "newer_and_broken",
        {INIT: "type Alias = int\nx = = 1\n"},
        [("W553", INIT, 2)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "old",
        {INIT: "print 'x'\n"},
        [("W553", INIT, 1)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "tested",
        {INIT: ""},
        tests=["checks/test_it.py", "tested/conftest.py"],
        elsewhere={
            "checks/test_it.py": "import tested\n",
            "checks/helper.py": "import tested\n",
            "tested/conftest.py": "from . import x\n",
        },
    ),
    Trap("runs", {INIT: "raise SystemExit\n"}),
    Trap(
        "keyword", {INIT: "import class_\n", "class.py": "import six\n"}, external=["class_", "six"]
    ),
    Trap(
        "asynchronous",
        {INIT: "async def f(): ...\nasync def g():\n    async with f(): pass\n"},
        functions=["f", "g"],
    ),
    Trap(
        "removed_from_library", {INIT: "import imp, distutils, tomllib, telnetlib, compression\n"}
    ),
    Trap("deleted", {INIT: "def f(): ...\ndel f\nclass A: ...\n"}, classes=["A"]),
    Trap(
        "matched",
        {INIT: "match 1:\n    case 1:\n        import yaml\n        class A: ...\n"},
        external=["yaml"],
        classes=["A"],
    ),
    Trap(
        "excepts",
        {INIT: "try:\n    import yaml\nexcept OSError, ValueError:\n    def f(): ...\n"},
        external=["yaml"],
        functions=["f"],
    ),
    Trap(
        "grouped",
        {INIT: "try:\n    import yaml\nexcept* OSError:\n    class A[T = int]: ...\n"},
        external=["yaml"],
        classes=["A"],
    ),
    Trap(
        "feeds", {INIT: "\x0cimport yaml\n\x0cdef f(): ...\n"}, external=["yaml"], functions=["f"]
    ),
    Trap(
        "mixed_tabs",
        {INIT: "if 1:\n\timport yaml\n        import six\n"},
        [("W553", INIT, 3)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap("in_utf_7", {INIT: "# coding: utf-7\n+AGkAbQBwAG8AcgB0- yaml\n"}, external=["yaml"]),
    Trap(
        "no_coding",
        {INIT: "# coding: rot13\nvzcbeg lnzy\n"},
        [("W553", INIT, 0)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap("long_line", {INIT: f"import yaml; x = '{'a' * (7 << 20)}'\n"}, external=["yaml"]),
    Trap(
        "beyond_size",
        {INIT: f"import yaml; x = '{'a' * (8 << 20)}'\n"},
        [("W553", INIT, 0)],
        external=LEFT_OUT,
        internal=LEFT_OUT,
        exports=False,
    ),
    Trap(
        "half", {INIT: "__all__ = ['\\ud800', 'B']\nB = 1\n"}, [("W555", INIT, 1)], constants=["B"]
    ),
    Trap("all_walrus", {INIT: "(__all__ := ['A'])\nclass A: ...\nclass B: ...\n"}, classes=["A"]),
    Trap(
        "all_typed",
        {INIT: "__all__: list[str] = ['f']\ndef f(): ...\ndef g(): ...\n"},
        functions=["f"],
    ),
    # What is exported is not known, and was once said to be the public names.
    Trap(
        "all_from",
        {INIT: "from .x import __all__\nclass A: ...\n", "x.py": "__all__ = []\n"},
        [("W554", INIT, 1)],
        exports=False,
    ),
    Trap(
        "all_item",
        {INIT: "__all__ = ['A']\n__all__[0] = 'B'\n"},
        [("W554", INIT, 2)],
        exports=False,
    ),
    Trap(
        "all_globals", {INIT: "globals()['__all__'] = ['A']\n"}, [("W554", INIT, 1)], exports=False
    ),
    Trap("all_gone", {INIT: "__all__ = ['A']\ndel __all__\n"}, [("W554", INIT, 2)], exports=False),
    Trap(
        "attached",
        {INIT: "import loader\n__getattr__, __dir__, _ = loader.attach(__name__)\nclass A: ...\n"},
        [("W554", INIT, 2)],
        external=["loader"],
        exports=False,
    ),
    Trap(
        "getter",
        {INIT: "from .x import __getattr__\nclass A: ...\n", "x.py": "def __getattr__(n): ...\n"},
        [("W554", INIT, 1)],
        exports=False,
    ),
    Trap(
        "round",
        {INIT: "from .a import A\n", "a.py": "from . import A\n", "py.typed": "", INIT + "i": "x"},
    ),
    Trap(
        "main",
        {INIT: "", "__main__.py": "from . import x\nfrom .x import y\n", "x.pyi": "import yaml\n"},
    ),
)
