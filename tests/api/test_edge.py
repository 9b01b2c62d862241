"""Every public name, found in `starlang.__all__`: odd arguments, copies, other threads."""

import asyncio
import copy
import inspect
import multiprocessing
import pickle
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Protocol, cast

import pytest

import starlang

pytestmark = [pytest.mark.requirement("R45"), pytest.mark.fault_row(130)]

RULES = """starlang 1
ruleset x "1.0"
star Trail
star Watch
default star Supporting
confidence { suggest 0.40 promote 0.70 }
ceilings { at most 5 promoted }
rule memory -> Trail weight 0.80 when path mentions memory because "kept"
rule guard -> Watch weight 0.50 when path mentions guard
test "a memory" given path "x/memory" expect Trail
"""
MODULES = {
    "a/memory": {"constellation_alignment": {"primary_star": "Supporting"}},
    "a/guard": {"constellation_alignment": {"primary_star": "Supporting"}},
}
ODD: tuple[object, ...] = (
    *(None, True, 0, -1, 1.5, float("nan"), "", "\0", "\ud800", "x" * 5000, b"x", "\n"),
    *((), [], {}, {"\0": "\0"}, {1: 2}, [None], object(), Exception, range(3), {"a"}, 10**400),
    *({"a/b": []}, {"a": {"x": float("inf")}}, {"a": object()}, lambda: None, "Trail", "a/memory"),
    *({"a": {"x": Decimal(each)}} for each in ("1E+999999", "-1E-999999", "sNaN", "-Infinity")),
    *(Path("\0"), Path(), "a/" * 2_500, bytearray(b"x"), ...),
)
NOT_CALLED = {"open_run"}
"""It only remembers where; what a run does with odd places is in test_errors.py."""


class Call(Protocol):
    def __call__(self, *arguments: object, **named: object) -> object: ...


def made() -> tuple[starlang.Rules, starlang.ModuleGraph, starlang.Plan]:
    rules = starlang.compile_text(RULES)
    graph = starlang.load_modules(MODULES)
    return rules, graph, rules.plan(graph)


def public(value: object) -> Iterator[tuple[str, object]]:
    """The public members of an object of ours."""
    for name in dir(type(value)):
        if not name.startswith("_"):
            yield name, getattr(value, name)


def ours(value: object) -> bool:
    return type(value).__module__.startswith("starlang.api")


def reached(start: object) -> list[object]:
    """The objects of the library that its attributes lead to, one of each class."""
    found: dict[type, object] = {}
    waiting = [start]
    while waiting:
        value = waiting.pop()
        if isinstance(value, tuple | list):
            waiting += value[:3]
        elif ours(value) and type(value) not in found:
            found[type(value)] = value
            waiting += [each for _, each in public(value) if not callable(each)]
            waiting += list(value)[:2] if isinstance(value, starlang.Plan | starlang.Rules) else []
    return list(found.values())


def everything() -> list[object]:
    rules, graph, plan = made()
    why = plan["a/guard"].why_not("Trail")
    return [graph, *reached((rules, plan, why, tuple(rules.test())))]


def calls() -> Iterator[tuple[str, Call]]:
    """Every public function, and every public method of every object that can be reached."""
    for name in starlang.__all__:
        value = getattr(starlang, name)
        if inspect.isfunction(value) and name not in NOT_CALLED:
            yield name, cast("Call", value)
    for each in everything():
        if not ours(each) or isinstance(each, Mapping):  # whose errors are those of a dict
            continue
        for name, value in public(each):
            if callable(value):
                yield f"{type(each).__name__}.{name}", cast("Call", value)
        for name in ("__getitem__", "__contains__", "__eq__", "__len__", "__iter__", "__hash__"):
            if hasattr(type(each), name):
                yield f"{type(each).__name__}.{name}", getattr(each, name)


def ways(call: Call, odd: object) -> Iterator[tuple[tuple[object, ...], dict[str, object]]]:
    """The arguments to call it with: `odd` as the first, the second, and by each name."""
    try:
        found = [*inspect.signature(call).parameters.values()]
    except (TypeError, ValueError):
        found = []
    yield (odd,), {}
    if sum(each.kind is not each.VAR_KEYWORD for each in found) > 1:
        yield ("a/memory", odd), {}
    for each in found:
        if each.kind is each.KEYWORD_ONLY:
            yield ({} if call is starlang.load_modules else "a/memory",), {each.name: odd}


def test_odd_arguments_are_an_error_of_the_library_or_a_wrong_type(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))
    wrong: list[str] = []
    number = 0
    for name, call in calls():
        for odd in ODD:
            for arguments, named in ways(call, odd):
                number += 1
                try:
                    result = call(*arguments, **named)
                    if inspect.isgenerator(result):
                        list(result)
                except (starlang.StarlangError, TypeError) as error:
                    str(error).encode()
                except Exception as error:  # noqa: BLE001 -- every other kind is the finding
                    wrong.append(f"{name}{arguments!r:.60}{named!r:.60}: {error!r:.80}")
    assert not wrong, "\n".join(wrong)
    assert number > 1_000


def test_everything_public_can_be_pickled_copied_and_compared() -> None:
    found = everything()
    classes = {type(each).__name__ for each in found}
    wanted = {"Plan", "Module", "Rules", "Rule", "Star", "Edit", "Ceiling", "Evidence", "Match"}
    assert wanted | {"Score", "Thresholds", "WhyNot", "ModuleGraph"} <= classes
    for each in found:
        for again in (pickle.loads(pickle.dumps(each)), copy.copy(each), copy.deepcopy(each)):  # noqa: S301 -- our own
            assert type(again) is type(each)
            assert repr(again) == repr(each)
            if ours(each):
                assert again == each
                assert hash(again) == hash(each)
    diagnostic = starlang.check_text("starlang 1\nrule")[0]
    error = starlang.RulesError((diagnostic,))
    for whole in (diagnostic, *starlang.check_text("x")):
        assert pickle.loads(pickle.dumps(whole)) == whole  # noqa: S301 -- our own
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 -- our own


def test_nothing_public_can_be_changed() -> None:
    for each in everything():
        for name, value in public(each):
            if callable(value) or not ours(each):
                continue
            with pytest.raises((AttributeError, TypeError)):
                setattr(each, name, value)
            assert not isinstance(value, dict | list | set), (type(each).__name__, name)
    plan = made()[2]
    before = plan.to_json()
    for mapping in (plan.before, plan.after, plan.inputs):
        with pytest.raises(TypeError):
            mapping["Trail"] = 9  # type: ignore[index] # -- it is asked for
        assert not hasattr(mapping, "clear")
    assert plan.to_json() == before
    assert all(each in plan and each.path in plan for each in plan)


def planned(_: int) -> str:
    return made()[2].to_json()


def test_threads_and_processes_make_the_same_plan() -> None:
    rules, graph, plan = made()
    wanted = plan.to_json()
    with ThreadPoolExecutor(4) as pool:
        assert {*pool.map(planned, range(4))} == {wanted}
        assert {*pool.map(lambda _: rules.plan(graph).to_json(), range(4))} == {wanted}
    with multiprocessing.get_context("fork").Pool(2) as workers:
        assert {*workers.map(planned, range(2))} == {wanted}


def test_a_new_process_makes_the_same_plan_from_what_it_is_sent() -> None:
    """Where there is no fork, and from 3.14 on everywhere, all that a process knows is pickled."""
    rules, graph, plan = made()
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        anew = pool.submit(rules.plan, graph)
        sent = pool.submit(starlang.Plan.to_json, plan)
        module = pool.submit(getattr, plan["a/memory"], "evidence")
        assert anew.result() == plan
        assert anew.result().to_json() == sent.result() == plan.to_json()
        assert module.result() == plan["a/memory"].evidence


def test_tasks_of_a_loop_make_the_same_plan() -> None:
    async def planned_at_once() -> list[str]:
        rules, graph, _ = made()
        tasks = [asyncio.to_thread(rules.plan, graph) for _ in range(4)]
        own = [asyncio.to_thread(planned, number) for number in range(4)]
        plans = await asyncio.gather(*tasks)
        return [*(each.to_json() for each in plans), *await asyncio.gather(*own)]

    found = asyncio.run(planned_at_once())
    assert (len(found), {*found}) == (8, {made()[2].to_json()})
