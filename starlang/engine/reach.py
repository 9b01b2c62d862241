"""Relations over one or more steps: who is reached, by which way, and who uses itself.

Everything here is linear in modules and edges, but for the count of reached modules.

A module never counts for itself, although it may reach itself. So of each module two nearest
marked modules are kept: if the nearest is the one that asks, the other one is its answer. One
search from all marked modules at once, against the edges, finds both, and what it leaves behind
leads from any module along a shortest way.

Modules that reach each other form a component (Tarjan), and components use each other without
cycles. A count of reached modules is a union of sets along them, some thousands of modules at a
time, as the bits of one number.
"""

from collections import deque
from collections.abc import Sequence
from functools import cached_property

from starlang.manifests.graph import Adjacency

LONGEST = 100
"""Steps of a way that is shown. Looking a longer one up would take the square of a chain."""

_AT_ONCE = 4096
"""Marked modules that are counted together: a bit for each, in a number for each component."""

_AROUND = 2_000
"""Modules that are looked at for the shortest cycle of one: all may lie in one component."""

_FAR = 1 << 62
_NOBODY = -1


class Nearest:
    """Of each module the way to the nearest marked other one, over one or more steps."""

    def __init__(self, edges: Adjacency, back: Adjacency, marked: Sequence[int]) -> None:
        self._edges = edges
        self._marked = marked
        count = len(marked)
        self._first, self._first_steps = [_NOBODY] * count, [_FAR] * count
        self._second, self._second_steps = [_NOBODY] * count, [_FAR] * count
        self._search(back)
        self._following: dict[int, int] = {}

    def _search(self, back: Adjacency) -> None:
        """Gives each module the two marked ones that it reaches in the fewest steps."""
        first, second = self._first, self._second
        waiting = deque((module, module, 0) for module, is_in in enumerate(self._marked) if is_in)
        for module, _, _ in waiting:
            first[module], self._first_steps[module] = module, 0
        while waiting:
            module, end, steps = waiting.popleft()
            steps += 1
            for user in back.of(module):
                if first[user] == _NOBODY:
                    first[user], self._first_steps[user] = end, steps
                elif first[user] != end and second[user] == _NOBODY:
                    second[user], self._second_steps[user] = end, steps
                else:
                    continue
                waiting.append((user, end, steps))

    def reaches(self, module: int) -> bool:
        """Whether `module` reaches a marked module other than itself."""
        return self._steps(module, module) < _FAR

    def way(self, module: int) -> tuple[int, ...]:
        """The modules of a shortest way to a marked one, which is the last; () if there is none.

        Of several ways the first by the order of modules. Of one of more than `LONGEST` steps
        only a module that it may lead to.
        """
        left = self._steps(module, module)
        if left == _FAR:
            return ()
        if left > LONGEST:
            is_own = self._first[module] == module
            return ((self._second if is_own else self._first)[module],)
        found, place = [], module
        while left:
            left -= 1
            place = self._next(place, module, left)
            found.append(place)
        return tuple(found)

    def _steps(self, module: int, asking: int) -> int:
        """How far `module` is from the nearest marked one but `asking`."""
        is_own = self._first[module] == asking
        return (self._second_steps if is_own else self._first_steps)[module]

    def _next(self, place: int, asking: int, left: int) -> int:
        """The first module after `place` that is `left` steps from the end."""
        if self._marked[asking]:
            return next(n for n in self._edges.of(place) if self._steps(n, asking) == left)
        if place not in self._following:  # the same for everyone who is no end of a way
            steps = self._first_steps
            self._following[place] = next(n for n in self._edges.of(place) if steps[n] == left)
        return self._following[place]


class Components:
    """Which modules reach each other. Components are numbered after all those that they use."""

    def __init__(self, edges: Adjacency) -> None:
        self._edges = edges
        self.members: list[list[int]] = []
        self.of = [_NOBODY] * (len(edges.starts) - 1)
        self._find()

    def _find(self) -> None:
        """Tarjan's algorithm, with a stack of its own: a chain of modules may be long."""
        low = [0] * len(self.of)  # 0: not seen yet
        for root, seen in enumerate(low):
            if not seen:
                self._find_from(root, low)

    def _find_from(self, root: int, low: list[int]) -> None:
        edges, of = self._edges, self.of
        low[root] = number = 1
        open_, ways = [root], [(root, number, iter(edges.of(root)))]
        while ways:
            module, own, rest = ways[-1]
            for other in rest:
                if not low[other]:
                    number += 1
                    low[other] = number
                    open_.append(other)
                    ways.append((other, number, iter(edges.of(other))))
                    break
                if of[other] == _NOBODY:
                    low[module] = min(low[module], low[other])
            else:
                ways.pop()
                if ways:
                    low[ways[-1][0]] = min(low[ways[-1][0]], low[module])
                if low[module] == own:
                    self._close(open_, module)

    def _close(self, open_: list[int], root: int) -> None:
        """Makes a component of what is open from `root` on."""
        members: list[int] = []
        while not members or members[-1] != root:
            members.append(open_.pop())
            self.of[members[-1]] = len(self.members)
        self.members.append(members)

    def in_cycle(self, module: int) -> bool:
        """Whether `module` reaches itself."""
        return self.size(module) > 1

    def size(self, module: int) -> int:
        """How many modules are in its component, itself included."""
        return len(self.members[self.of[module]])

    def cycle(self, module: int, back: Adjacency) -> tuple[int, ...]:
        """The modules of the shortest cycle through `module`, which is the last; () if in none.

        Of several the first by the order of modules. Of one of more than `LONGEST` steps, or
        among very many modules, `module` alone.
        """
        if not self.in_cycle(module):
            return ()
        steps = self._steps_to(module, back)
        left = min((steps[n] for n in self._edges.of(module) if n in steps), default=LONGEST)
        if left >= LONGEST:
            return (module,)
        found, place = [], module
        while True:
            place = next(n for n in self._edges.of(place) if steps.get(n, _FAR) == left)
            found.append(place)
            if not left:
                return tuple(found)
            left -= 1

    def _steps_to(self, module: int, back: Adjacency) -> dict[int, int]:
        """How far the modules around are from `module`, up to those that it uses."""
        used = set(self._edges.of(module))
        steps, level, distance = {module: 0}, [module], 0
        while level and used.isdisjoint(level) and len(steps) < _AROUND:
            distance += 1
            users = {user for each in level for user in back.of(each)}
            level = [
                each for each in users if each not in steps and self.of[each] == self.of[module]
            ]
            steps.update(dict.fromkeys(level, distance))
        return steps

    @cached_property
    def _below(self) -> list[list[int]]:
        """Of each component those that it uses, without itself."""
        found = []
        for number, members in enumerate(self.members):
            used = {self.of[other] for module in members for other in self._edges.of(module)}
            used.discard(number)
            found.append(sorted(used))
        return found

    def counts(self, marked: Sequence[int]) -> list[int]:
        """How many marked modules each module reaches, without itself."""
        found = [0] * len(self.members)
        chosen = [module for module, is_in in enumerate(marked) if is_in]
        for start in range(0, len(chosen), _AT_ONCE):
            self._add(found, chosen[start : start + _AT_ONCE])
        own = [sum(map(marked.__getitem__, m)) if len(m) > 1 else 0 for m in self.members]
        return [
            found[number] + (own[number] - bool(marked[module]) if own[number] else 0)
            for module, number in enumerate(self.of)
        ]

    def _add(self, found: list[int], chosen: Sequence[int]) -> None:
        """Adds how many of `chosen` lie in components below."""
        reached = [0] * len(self.members)
        for bit, module in enumerate(chosen):
            reached[self.of[module]] |= 1 << bit
        for number, used in enumerate(self._below):
            below = 0
            for other in used:
                below |= reached[other]
            if below:
                found[number] += below.bit_count()
                reached[number] |= below
