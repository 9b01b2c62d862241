"""What a rule set says of itself, and the order of its stars."""

from collections.abc import Sequence

from attrs import frozen

from starlang.checker.canon import Canon
from starlang.checker.located import Located, declared
from starlang.checker.scope import Scope
from starlang.checker.settings import Settings
from starlang.diagnostics.model import Label
from starlang.manifests.profile import Profile
from starlang.syntax.nodes import File, Order, Ruleset


@frozen
class Header:
    """Name, version and free texts of a rule set, entries sorted by name."""

    id: str = ""
    version: str = ""
    entries: tuple[tuple[str, tuple[str, ...]], ...] = ()


def check_header(files: Sequence[File], settings: Settings) -> Header:
    """The `ruleset` of the root, which is the first file. Reports E206, E214 and E215."""
    root = files[0]
    findings = settings.findings
    found: Header | None = None
    for ruleset in declared(files, Ruleset):
        place = ruleset.label(ruleset.node.name)
        if ruleset.source != root.source:
            message = "`ruleset` stands in the root file only, and this file is used by another"
            hint = f"remove it; the root file is `{root.source.name}`"
            findings.report("E215", place, message, hint=hint)
        elif settings.claim("ruleset", place):
            found = _header(ruleset, settings)
    if found is None and not any(
        ruleset.source == root.source for ruleset in declared(files, Ruleset)
    ):
        place = Label(root.source, root.header.span if root.header else root.span)
        hint = 'add `ruleset NAME "1.0"`, or check the file that uses this one'
        findings.report("E214", place, "the root file names no rule set", hint=hint)
    return found or Header()


def _header(ruleset: Located[Ruleset], settings: Settings) -> Header:
    node = ruleset.node
    entries: dict[str, tuple[str, ...]] = {}
    for entry in node.entries:
        if settings.claim(f"ruleset {entry.name.text}", ruleset.label(entry.name)):
            entries[entry.name.text] = tuple(value.text for value in entry.values)
    return Header(node.name.text, node.version.text, tuple(sorted(entries.items())))


def check_order(
    files: Sequence[File], profile: Profile, canon: Canon, settings: Settings
) -> tuple[str, ...]:
    """All stars but the default one, from the one that wins a tie to the one that loses it.

    Stars that `order` does not name follow by id. Reports E201, E206, E211 and E213.
    """
    named: list[str] = []
    for order in declared(files, Order):
        is_first = settings.claim("order", order.label(order.node))
        scope = Scope(order.source, canon, profile, settings.findings)
        found = _named(order, scope)
        named = found if is_first else named
    others = {star.value.id for star in canon.stars if not star.value.is_default}
    return (*named, *sorted(others.difference(named)))


def _named(order: Located[Order], scope: Scope) -> list[str]:
    found: list[str] = []
    for name in order.node.stars:
        hint = "it is never compared with others; remove it from `order`"
        star = scope.gained_star(name, "no order ranks", hint)
        if star is not None and star in found:
            message = f"`{star}` stands in the order twice"
            scope.findings.report("E213", order.label(name), message, hint="remove one of them")
        elif star is not None:
            found.append(star)
    return found
