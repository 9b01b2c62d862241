"""Declarations with entries between braces, in columns where that helps to read them.

Columns are those of a paragraph: an empty line between two entries parts them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import frozen

from starlang.format.comments import Trivia
from starlang.format.printer import (
    WIDTH,
    Doc,
    Fill,
    Group,
    Hard,
    Indent,
    Line,
    Remark,
    ToColumn,
    columns,
    own_line,
    printed,
    row,
)
from starlang.syntax.automaton import Leaf, Tree
from starlang.syntax.build import TWO_WORDS, branches, token, tokens

# Clauses in their order: what a declaration is about first, then when, then why.

_ORDER = {
    "star": ("label", "emoji", "domain", "aka"),
    "derive": ("when", "unless", "because"),
    "rule": ("weight", "when", "unless", "because"),
    "table": ("weight", "because"),
    "row": ("weight", "because"),
    "never": ("to", "globs", "when", "unless", "except", "because", "until"),
    "forbid": ("when", "unless", "except", "because", "until"),
    "assign": ("to_star", "because", "until"),
    "promoted": ("to_star", "scope", "per"),
}
"""The clauses of each declaration or entry that has several."""


def first_token(part: Tree | Leaf) -> Leaf:
    """The token that `part` begins with."""
    while isinstance(part, Tree):
        part = part.children[0]
    return part


def last_token(part: Tree | Leaf) -> Leaf:
    """The token that `part` ends with, a closing comma apart."""
    while isinstance(part, Tree):
        part = part.children[-1 if _kind(part.children[-1]) != "COMMA" else -2]
    return part


def start(part: Tree | Leaf) -> int:
    """The offset at which `part` begins."""
    return first_token(part).start


def ordered(tree: Tree, trivia: dict[int, Trivia]) -> Tree:
    """The tree with all clauses in order, and `is not` for `not is`.

    Comments go with their clauses. But what is said at the end of a declaration or an entry
    on one line is said of all of it, and stays at the end.
    """
    children = [ordered(c, trivia) if isinstance(c, Tree) else c for c in tree.children]
    if tree.data == "is":
        children[1:-1] = sorted(children[1:-1], key=lambda word: word != "is")
    order = _ORDER.get(tree.data)
    if order is None:
        return Tree(tree.data, children)
    places = [i for i, c in enumerate(children) if _kind(c) in order]
    clauses = sorted((children[i] for i in places), key=lambda c: order.index(_kind(c)))
    for place, clause in zip(places, clauses, strict=True):
        children[place] = clause
    made = Tree(tree.data, children)
    _keep_at_end(tree, made, trivia)
    return made


def _kind(part: Tree | Leaf) -> str:
    """The rule or the terminal of the grammar that `part` is."""
    return part.data if isinstance(part, Tree) else part.type


def _keep_at_end(before: Tree, after: Tree, trivia: dict[int, Trivia]) -> None:
    begin, old, new = start(before), start(last_token(before)), start(last_token(after))
    if old != new and trivia[begin].line == trivia[old].line:
        trivia[new] = trivia[new]._replace(beside=trivia[old].beside)
        trivia[old] = trivia[old]._replace(beside=())


# From tokens to documents: words with their comments, lists, strings in their one spelling.

_ESCAPE = re.compile(r"\\u\{([0-9A-Fa-f]+)\}|\\.|\t")
_SHORT = {"\t": r"\t", "\n": r"\n", '"': r"\"", "\\": r"\\"}


def leaves(*parts: Tree | Leaf) -> Iterator[Leaf]:
    """All tokens of the parts."""
    for part in parts:
        if isinstance(part, Tree):
            yield from leaves(*part.children)
        else:
            yield part


_JOINING = frozenset({"WITH", "AND"})
"""What joins the facts that a test gives of a neighbour, which is one element of a list."""


@frozen
class Leaves:
    """The trivia of all tokens.

    `heads` are the offsets of tokens that a declaration or an entry begins with: what is above
    them is laid out with the declaration, and not with the token.
    """

    trivia: Mapping[int, Trivia]
    heads: frozenset[int] = frozenset()

    def around(self, token: Leaf) -> Trivia:
        """What surrounds `token`."""
        return self.trivia[token.start]

    def above(self, token: Leaf) -> tuple[Doc, ...]:
        """The comments above `token`, a line each; none for a head."""
        comments = self.around(token).above
        if not comments or token.start in self.heads:
            return ()
        return tuple(own_line(each.text) for each in comments)

    def bare(self, token: Leaf, sign: str = "") -> Doc:
        """The token without the comments above it; `sign` follows without a blank."""
        text, beside = _spelled(token) + sign, self.around(token).beside
        return (text, Remark(beside)) if beside else text

    def word(self, token: Leaf, sign: str = "") -> Doc:
        """The token with all its comments."""
        above, bare = self.above(token), self.bare(token, sign)
        return (*above, bare) if above else bare

    def flow(self, *runs: Iterable[Tree | Leaf], indent: int = 2) -> Doc:
        """Lists and words in a row. A line may end after a comma and between two runs."""
        (first, sign), *others = (
            element for run in runs for element in _elements(tuple(leaves(*run)))
        )
        parts = [self._element(first, sign)]
        parts += [row(*self.above(words[0]), self._element(words, sign)) for words, sign in others]
        return row(*self.above(first[0]), Fill(tuple(parts), indent) if others else parts[0])

    def _element(self, words: Sequence[Leaf], sign: str) -> Doc:
        """The words of an element of a list; where a line may end inside of it, in pieces."""
        cuts = [at for at, word in enumerate(words) if at and word.type in _JOINING]
        if not cuts:
            return self._atom(words, sign)
        pieces = [words[begin:end] for begin, end in zip([0, *cuts], [*cuts, None], strict=True)]
        signs = [*("" for _ in cuts), sign]
        first, *others = zip(pieces, signs, strict=True)
        parts = [row(*self.above(piece[0]), self._atom(piece, end)) for piece, end in others]
        return Fill((self._atom(*first), *parts))

    def _atom(self, words: Sequence[Leaf], sign: str) -> Doc:
        """The words with blanks between them, but none inside of braces; not what is above."""
        if len(words) == 1:
            return self.bare(words[0], sign)
        signs = [*("" for _ in words[1:]), sign]
        parts = [self.bare(words[0], signs[0])]
        for before, word, end in zip(words, words[1:], signs[1:], strict=False):
            blank = "" if before == "{" or word == "}" else " "
            parts += [blank, self.word(word, end)]
        return row(*parts)

    def has_break(self, parts: Iterable[Tree | Leaf]) -> bool:
        """Whether the author has ended a line between two of the parts."""
        inner = sorted(parts, key=start)
        ends = [self.around(last_token(part)).line for part in inner]
        begins = [self.around(first_token(part)).line for part in inner]
        return ends[:-1] != begins[1:]


def _elements(tokens: Sequence[Leaf]) -> list[tuple[list[Leaf], str]]:
    """The words of each element of a list, with the comma that follows it if another one does.

    The words before a list belong to its first element.
    """
    found: list[list[Leaf]] = [[]]
    for each in tokens:
        if each.type == "COMMA":
            found.append([])
        elif each.type == "RBRACE" and not found[-1]:
            found[-2:] = [[*found[-2], each]]
        else:
            found[-1].append(each)
    words = [element for element in found if element]
    return [(element, "," if element is not words[-1] else "") for element in words]


def _spelled(token: Leaf) -> str:
    """The token, with one spelling for each escape; what the author has escaped stays so."""
    return _ESCAPE.sub(_respelled, token) if token.type == "STRING" else str(token)


def _respelled(match: re.Match[str]) -> str:
    digits: str | None = match[1]
    if digits is None:
        return _SHORT.get(match[0], match[0])
    character = chr(int(digits, 16))
    return _SHORT.get(character) or f"\\u{{{ord(character):X}}}"


# Conditions: what stands after `when` and `unless`.
#
# Where a chain of `and` or `or` is too long for a line, its parts stand one below the other:
#
#     when capability in {api_gateway, authentication}
#      and not (tier is T4 or path under "labs")


def condition_clause(lay: Leaves, tree: Tree) -> Doc:
    """`when CONDITION` or `unless CONDITION`"""
    keyword, inside = tokens(tree)[0], branches(tree)[0]
    left = len(keyword) + 1
    word, condition = lay.word(keyword), _condition(lay, inside, left)
    if isinstance(word, str) and isinstance(condition, str):
        return f"{word} {condition}"
    return (word, Indent(left, " "), condition)


def _condition(lay: Leaves, tree: Tree, left: int = 0) -> Doc:
    """`tree`, which begins `left` columns to the right of where its further lines do."""
    match str(tree.data):
        case "and" | "or":
            return _chain(lay, tree, left)
        case "not":
            inside = _condition(lay, branches(tree)[0])
            return (lay.word(tokens(tree)[0]), Indent(len("not "), " "), inside)
        case "group":
            opening, closing = tokens(tree)
            return _parentheses(lay, opening, branches(tree)[0], closing)
        case _:
            return _predicate(lay, tree)


def _parentheses(lay: Leaves, opening: Leaf, inside: Tree, closing: Leaf) -> Doc:
    between = Indent(2, (Line(""), _condition(lay, inside)))
    return Group((lay.word(opening), between, Line(""), lay.word(closing)))


def _chain(lay: Leaves, tree: Tree, left: int) -> Doc:
    """Parts that one word joins. On lines of their own they are flush, the word before each."""
    first, *others = branches(tree)
    words = tokens(tree)
    reach = len(words[0]) + 1
    left = max(left, reach)
    parts: list[Doc] = [Indent(left, _condition(lay, first))]
    for word, part in zip(words, others, strict=True):
        parts += [Indent(left - reach, Line()), lay.word(word)]
        parts.append(Indent(left, (" ", _condition(lay, part))))
    return Group(tuple(parts), broken=lay.has_break(tree.children))


def _predicate(lay: Leaves, tree: Tree) -> Doc:
    if tree.data in {"neighbours", "events", "cycle"}:
        return _relation(lay, tree)
    facet, *others = tree.children
    if token(tree, "LBRACE") and _is_spread(lay, tokens(tree)):
        return _spread(lay, facet, tokens(tree))
    ignoring = token(tree, "IGNORING")
    cut = others.index(ignoring) if ignoring else len(others)
    return lay.flow([facet], others[:cut], others[cut:])


def _relation(lay: Leaves, tree: Tree) -> Doc:
    """A line may end before the star that neighbours have, and before where they lie."""
    where = token(tree, "WHERE")
    every = tokens(tree)
    words = every[: every.index(where)] if where else every
    cuts = [n for n, word in enumerate(words) if word.type in {"CURRENTLY", "REACHING", "UNDER"}]
    runs = zip([0, *cuts], [*cuts, len(words)], strict=True)
    doc = lay.flow(*(words[start:end] for start, end in runs))
    if where is None:
        return doc
    opening, closing = every[-2:]
    inside = _parentheses(lay, opening, branches(tree)[0], closing)
    return (doc, " ", lay.word(where), " ", inside)


def _is_spread(lay: Leaves, inside: Sequence[Leaf]) -> bool:
    """Whether the author begins a line after the opening brace, or comments on a value."""
    opening, *values, closing = _braced(inside)
    marked = lay.around(opening).beside or lay.around(closing).above
    commented = any(lay.around(each).above or lay.around(each).beside for each in values)
    return bool(marked) or commented or lay.has_break((opening, values[0]))


def _spread(lay: Leaves, facet: Tree | Leaf, inside: Sequence[Leaf]) -> Doc:
    """`FACET in { … }` with a line for each value, so that a comment stays with its value."""
    opening, *values, closing = _braced(inside)
    lines: list[Doc] = [(Hard(), lay.word(value, ",")) for value in values]
    lines += [(Hard(), comment.text) for comment in lay.around(closing).above]
    head = lay.flow([facet], inside[: inside.index(opening) + 1])
    return (head, Indent(2, tuple(lines)), Hard(), lay.bare(closing))


def _braced(inside: Sequence[Leaf]) -> list[Leaf]:
    """The braces and the values between them."""
    words = [each for each in inside if each.type != "COMMA"]
    return words[next(i for i, each in enumerate(words) if each.type == "LBRACE") :]


_INDENT = 2
_LINE = Line()


@frozen
class _Entry:
    """An entry in two columns: `first`, the `middle` that begins the second one, and the rest."""

    first: Doc
    middle: Doc
    rest: Doc = ()


def ruleset(lay: Leaves, tree: Tree) -> Doc:
    """`ruleset NAME "VERSION" { NAME "text", … }`"""
    head, entries = tokens(tree), branches(tree)
    doc = lay.flow(head[:2], head[2:3], indent=HEAD_INDENT)
    if len(head) == 3:  # noqa: PLR2004 -- the keyword, the name and the version; no braces
        return doc
    return (doc, " ", _braces(lay, head[3:], entries, [lay.flow(e.children) for e in entries]))


def settings(lay: Leaves, tree: Tree) -> Doc:
    """`weights { FACET N … }` and `confidence { SETTING … }`: first words and the rest.

    `same source FACET, …` is a sentence, which has no columns.
    """
    word, *signs = tokens(tree)
    entries = branches(tree)
    tabular = [each for each in entries if each.data != "same"]
    split = [_Entry(lay.word(tokens(e)[0]), lay.flow(e.children[1:])) for e in tabular]
    in_columns = iter(_in_columns(lay, tabular, split))
    docs = [lay.flow(e.children) if e.data == "same" else next(in_columns) for e in entries]
    return (lay.word(word), " ", _braces(lay, signs, entries, docs))


def table(lay: Leaves, tree: Tree) -> Doc:
    """`table FACET weight N because "…" { VALUE, … -> STAR … }`, its verdicts in one column."""
    word, *signs = tokens(tree)
    rows = [each for each in branches(tree) if each.data == "row"]
    facet, *clauses = (each for each in branches(tree) if each.data != "row")
    head = lay.flow([word, facet], *([each] for each in clauses), indent=HEAD_INDENT)
    docs = _in_columns(lay, rows, [_row(lay, row) for row in rows])
    return (head, " ", _braces(lay, signs, rows, docs))


def _row(lay: Leaves, tree: Tree) -> _Entry:
    *_, sign, star = tokens(tree)
    verdict = [sign, star]
    cells = tree.children[: tree.children.index(sign)]
    clauses = [each for each in branches(tree) if each.data != "cell"]
    below = tuple((Line(), clause(lay, each)) for each in clauses)
    rest = Group(Indent(2, below), broken=lay.has_break((star, *clauses)))
    return _Entry(lay.flow(cells), lay.flow(verdict), rest)


def ceilings(lay: Leaves, tree: Tree) -> Doc:
    """`ceilings { LIMIT … }`"""
    word, *signs = tokens(tree)
    entries = branches(tree)
    docs = [lay.flow(tokens(e), *([each] for each in branches(e))) for e in entries]
    return (lay.word(word), " ", _braces(lay, signs, entries, docs))


def _in_columns(lay: Leaves, trees: Sequence[Tree], entries: Sequence[_Entry]) -> list[Doc]:
    """The entries, the second column of each paragraph as far to the left as may be."""
    docs: list[Doc] = []
    for paragraph in _paragraphs(lay, trees, entries):
        column = _second_column(paragraph)
        docs += [(each.first, ToColumn(column), each.middle, each.rest) for each in paragraph]
    return docs


def _paragraphs(
    lay: Leaves, trees: Sequence[Tree], entries: Sequence[_Entry]
) -> Iterator[list[_Entry]]:
    paragraph: list[_Entry] = []
    for tree, entry in zip(trees, entries, strict=True):
        around = lay.around(first_token(tree))
        if paragraph and (around.blank or any(each.blank for each in around.above)):
            yield paragraph
            paragraph = []
        paragraph.append(entry)
    if paragraph:
        yield paragraph


def _second_column(entries: Sequence[_Entry]) -> int:
    """Right of all first columns that leave room for the second one; others are divided."""
    room = WIDTH - _INDENT - 1 - max(_width(each.middle) for each in entries)
    widths = [width for each in entries if (width := _width(each.first)) <= room]
    return _INDENT + max(widths, default=0) + 1


def _width(doc: Doc) -> int:
    """The columns of `doc` on one line; more than a line has if it takes several."""
    lines = printed(doc)
    return columns(lines[0].text) if len(lines) == 1 else WIDTH


def _braces(lay: Leaves, signs: Sequence[Leaf], trees: Sequence[Tree], docs: Sequence[Doc]) -> Doc:
    """The entries between braces, on one line only where the author wrote them on one."""
    opening, closing = signs
    inside: list[Doc] = []
    for tree, doc in zip(trees, docs, strict=True):
        around = lay.around(first_token(tree))
        for comment in around.above:
            inside += [_end(inside, blank=comment.blank), comment.text]
        inside += [_end(inside, blank=around.blank), doc]
    for comment in lay.around(closing).above:
        inside += [_end(inside, blank=comment.blank), comment.text]
    last = Line() if inside else ""
    broken = lay.has_break((opening, *trees, closing)) and bool(inside)
    between = Indent(_INDENT, tuple(inside))
    return Group((lay.word(opening), between, last, lay.bare(closing)), broken)


def _end(inside: Sequence[Doc], *, blank: bool) -> Doc:
    """The end of the line before an entry: the first one has no empty line above it."""
    if not inside:
        return Line()
    return Hard(blank=True) if blank else Line("  ")


# Declarations without braces: on one line, or with a line for each clause.
#
# Who writes a declaration on one line gets one line, as long as it fits there. Who ends a line
# before a clause gets a line for each. The same holds for entries, blocks and chains of `and`.

HEAD_INDENT = 4
"""How far a list goes in that is too long for the line on which its declaration begins."""


def plain(lay: Leaves, tree: Tree) -> Doc:
    """`use "FILE"`, `order STAR, …` and all that has no clauses."""
    return lay.flow(tree.children, indent=HEAD_INDENT)


def with_clauses(lay: Leaves, tree: Tree) -> Doc:
    """A star or a mask."""
    head, clauses = tokens(tree), branches(tree)
    return _divided(lay, lay.flow(head, indent=HEAD_INDENT), head[-1], clauses)


def derive(lay: Leaves, tree: Tree) -> Doc:
    """`derive FACET VALUE when CONDITION`, and below it what does not fit there."""
    word, value = tokens(tree)
    facet, *clauses = branches(tree)
    doc: Doc = lay.flow([word, facet], [value], indent=HEAD_INDENT)
    return _with_when(lay, doc, value, clauses, told=0)


def rule(lay: Leaves, tree: Tree) -> Doc:
    """`rule NAME -> STAR weight N`, and below it the condition and the reason."""
    head, clauses = tokens(tree), branches(tree)
    weight = [each for each in clauses if each.data == "weight"]
    doc = lay.flow(head[:2], head[2:], weight, indent=HEAD_INDENT)
    return _divided(lay, doc, head[-1], clauses, told=len(weight))


def never(lay: Leaves, tree: Tree) -> Doc:
    """`never promote to STAR, … "GLOB", …`, or with the condition where that fits."""
    head, clauses = tokens(tree), branches(tree)
    scope = [each for each in clauses if each.data in {"to", "globs"}]
    doc: Doc = lay.flow(head, *([each] for each in scope), indent=HEAD_INDENT)
    return _with_when(lay, doc, head[-1], clauses, told=len(scope))


def forbid(lay: Leaves, tree: Tree) -> Doc:
    """`forbid "NAME"`, with the condition where that fits."""
    head, clauses = tokens(tree), branches(tree)
    return _with_when(lay, lay.flow(head, indent=HEAD_INDENT), head[-1], clauses, told=0)


def _with_when(lay: Leaves, head: Doc, last: Leaf, clauses: Sequence[Tree], *, told: int) -> Doc:
    """`_divided`, but a condition that comes first is on the line of `head` where it fits."""
    if clauses[told].data == "when":
        head = Group((head, Indent(2, (Line(), clause(lay, clauses[told])))))
        told += 1
    return _divided(lay, head, last, clauses, told=told)


def assign(lay: Leaves, tree: Tree) -> Doc:
    """`assign "PATH", … to STAR`, and below it the reason."""
    head, clauses = tokens(tree), branches(tree)
    doc = lay.flow(head, clauses[:1], indent=HEAD_INDENT)
    return _divided(lay, doc, head[-1], clauses, told=1)


def test(lay: Leaves, tree: Tree) -> Doc:
    """`test "NAME"`, what is given, and what is expected."""
    head, parts = tokens(tree), branches(tree)
    clauses = [clause(lay, parts[-1])]
    if given := token(tree, "GIVEN"):
        clauses.insert(0, _given(lay, given, parts[:-1]))
    broken = lay.has_break((*head[1:], *parts))
    return _declared(lay.flow(head[:2], indent=HEAD_INDENT), clauses, broken=broken)


def _given(lay: Leaves, word: Leaf, facets: Sequence[Tree]) -> Doc:
    first, *others = (_given_part(lay, each) for each in facets)
    inside = (first, *((Line(), other) for other in others))
    inner = (" ", Group(inside, lay.has_break(facets)))
    return (lay.word(word), Indent(len(word) + 1, inner))


def _given_part(lay: Leaves, tree: Tree) -> Doc:
    """A facet, or a relation of one or two words, and what is given for it."""
    size = 2 if token(tree, *TWO_WORDS) else 1
    return lay.flow(tree.children[:size], tree.children[size:])


def clause(lay: Leaves, tree: Tree) -> Doc:
    """A clause of any kind."""
    if tree.data in {"when", "unless"}:
        return condition_clause(lay, tree)
    return lay.flow(tree.children)


def _divided(lay: Leaves, head: Doc, last: Leaf, clauses: Sequence[Tree], *, told: int = 0) -> Doc:
    """`head`, which ends with the token `last` and the first `told` clauses, and the others."""
    docs = [clause(lay, each) for each in clauses[told:]]
    return _declared(_at_the_margin(head), docs, broken=lay.has_break((last, *clauses)))


def _at_the_margin(head: Doc) -> Doc:
    """`head`, which begins in the first column, as one text where it has room: most heads do."""
    parts = [part for part in head.parts if isinstance(part, str)] if isinstance(head, Fill) else []
    text = " ".join(parts)
    whole = isinstance(head, Fill) and len(parts) == len(head.parts) and columns(text) <= WIDTH
    return text if whole else head


def _declared(head: Doc, clauses: Sequence[Doc], *, broken: bool) -> Doc:
    return Group((head, Indent(2, tuple(x for each in clauses for x in (_LINE, each)))), broken)
