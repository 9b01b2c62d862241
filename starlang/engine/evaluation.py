"""What the engine found out about every module."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import frozen

from starlang.engine.classes import Classes
from starlang.engine.decisions import Carried, Case, Decision
from starlang.engine.program import Program
from starlang.manifests.graph import ModuleGraph
from starlang.rulesets.model import RuleSet

if TYPE_CHECKING:
    from starlang.engine.neighbours import Neighbourhood


@frozen(eq=False, repr=False)
class Evaluation:
    """Evidence, scores and decisions of all modules of `graph` under `rules`.

    Modules share cases and decisions: `cases[case_codes[i]]` and
    `decisions[decision_codes[i]]` are those of module `i`. Modules with the same number of a
    decision have the same scores and carry the same labels. `carried[i]` says what its
    manifest carried. `assigned` maps a module to the index of the assignment it is
    under. `absent` are indexes of assignments whose path no module has. `reassess`
    tells that every module was decided as if it carried the default star. `program` numbers
    the tests of the rules, and `texts` tells for each text facet that they read where which
    hold. `near` knows the neighbours that counted, where rules ask for any.
    """

    rules: RuleSet
    graph: ModuleGraph
    cases: Sequence[Case]
    case_codes: Sequence[int]
    decisions: Sequence[Decision]
    decision_codes: Sequence[int]
    carried_kinds: Sequence[Carried]
    carried_codes: Sequence[int]
    assigned: Mapping[int, int]
    absent: tuple[int, ...]
    program: Program
    texts: Mapping[str, Classes]
    reassess: bool = False
    near: "Neighbourhood | None" = None

    def __len__(self) -> int:
        return len(self.graph)

    def case(self, index: int) -> Case:
        """The case of module `index`."""
        return self.cases[self.case_codes[index]]

    def decision(self, index: int) -> Decision:
        """The decision on module `index`, before ceilings."""
        return self.decisions[self.decision_codes[index]]

    def carried(self, index: int) -> Carried:
        """What module `index` carried before the run."""
        return self.carried_kinds[self.carried_codes[index]]
