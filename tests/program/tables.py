"""The tables of the parser, which are kept beside the grammar.

`python tests/program/tables.py` writes them anew after a change of the grammar
or of Lark; tests/syntax/test_grammar.py compares them with what the grammar says.
"""

import json
from pathlib import Path

from lark.grammar import Rule
from lark.lexer import TerminalDef

from starlang.syntax.grammar import TABLES, built, grammar_text, made_of

PLACE = Path(__file__).resolve().parents[2] / "grammar" / TABLES


def tables() -> str:
    """The tables of the grammar as it is, as JSON."""
    data, memo = built(grammar_text(), {}).memo_serialize([TerminalDef, Rule])
    document = {"made_of": made_of(grammar_text()), "data": data, "memo": memo}
    return json.dumps(document, separators=(",", ":"), sort_keys=True) + "\n"


if __name__ == "__main__":
    PLACE.write_text(tables(), "utf-8")
