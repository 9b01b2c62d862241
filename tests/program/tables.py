"""The tables of the parser, which are kept beside the grammar.

`python tests/program/tables.py` writes them anew after a change of the grammar;
tests/syntax/test_grammar.py compares them with what the grammar says.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from lark import Lark, Token
from lark.grammar import Rule
from lark.parsers.lalr_analysis import Shift
from lark.parsers.lalr_parser_state import ParseConf

from starlang.syntax.automaton import TABLES
from starlang.syntax.grammar import grammar_text

PLACE = Path(__file__).resolve().parents[2] / "grammar" / TABLES


def built(callbacks: Mapping[str, Callable[[Token], Token]] = MappingProxyType({})) -> Lark:
    """The parser that Lark makes of the grammar."""
    return Lark(
        grammar_text(),
        parser="lalr",
        lexer="contextual",
        start="file",
        keep_all_tokens=True,
        maybe_placeholders=False,
        lexer_callbacks=dict(callbacks),
    )


def tables() -> str:
    """The tables of the grammar as it is, as JSON, one state or rule a line."""
    made = built().parse_interactive("").parser_state.parse_conf
    numbers = {state: number for number, state in enumerate(_walk(made))}
    rules: dict[Rule, int] = {}
    states = []
    for state in numbers:
        actions = {}
        for name, (action, what) in sorted(made.states[state].items()):
            is_shift = action is Shift
            actions[name] = numbers[what] if is_shift else ~rules.setdefault(what, len(rules))
        states.append(actions)
    ends = [numbers[made.start_state], numbers[made.end_state]]
    described = [[each.origin.name, _label(each), len(each.expansion)] for each in rules]
    lines = {"states": _lines(states), "rules": _lines(described), "ends": json.dumps(ends)}
    return "{" + ",\n".join(f'"{name}": {value}' for name, value in lines.items()) + "}\n"


def _walk(made: ParseConf[int]) -> Iterator[int]:
    """The states in an order that is the same each time; Lark's numbers are not."""
    seen = {made.start_state: None}
    waiting = [made.start_state]
    while waiting:
        state = waiting.pop()
        yield state
        for _, (action, what) in sorted(made.states[state].items()):
            if action is Shift and what not in seen:
                seen[what] = None
                waiting.append(what)


def _label(rule: Rule) -> str:
    """What the tree of a rule is called, in the way of `starlang.syntax.automaton.Rule`."""
    name: str = rule.origin.name
    if name.startswith("_"):
        return ""
    alias: str = rule.alias or ""
    return alias or ("?" if rule.options.expand1 else "") + name


def _lines(parts: Sequence[object]) -> str:
    return "[\n" + ",\n".join(json.dumps(part, separators=(",", ":")) for part in parts) + "]"


if __name__ == "__main__":
    PLACE.write_text(tables(), "utf-8")
