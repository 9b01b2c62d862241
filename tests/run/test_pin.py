"""`pin`: everything that decides is recorded, and later steps name what has changed."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest
from program.documents import complaints
from program.run import starlang, succeed
from run.world import START, World

from starlang.errors import GateClosedError, InputError
from starlang.run.gates import Gates
from starlang.run.pin import FILE, pin

pytestmark = pytest.mark.requirement("R17")

USED = "starlang 1\nrule watch-name -> Watch weight 0.30 when name mentions guard\n"


def refusal(world: World) -> GateClosedError:
    with pytest.raises(GateClosedError) as raised:
        _ = Gates(world.run()).pinned
    return raised.value


def test_the_digest_of_each_file_is_that_of_its_bytes(world: World) -> None:
    pin(world.run())

    written = json.loads(world.audit(FILE).read_bytes())
    for name in ("rules/main.star", "configs/starlang.toml"):
        data = (world.root / name).read_bytes()
        assert written["files"][name] == f"sha256:{sha256(data).hexdigest()}"
    assert {"star_rules", "star_canon", "exceptions", "profile", "config"} <= set(
        written["digests"]
    )
    assert (written["pinned_at"], written["pinned_by"]) == ("2026-03-01T12:00:00Z", "alice")


def test_equal_pins_are_left_as_they_are(world: World) -> None:
    assert pin(world.run()).is_new
    before = world.audit(FILE).read_bytes()

    assert not pin(world.run("bob")).is_new
    assert world.audit(FILE).read_bytes() == before


def test_no_later_step_goes_on_without_pins(world: World) -> None:
    (finding,) = refusal(world).diagnostics

    assert finding.code == "E955"
    assert "starlang pin" in finding.hint


@pytest.mark.parametrize(
    ("file", "text", "means"),
    [
        ("rules/main.star", "# a remark\n", "only its layout or comments"),
        ("rules/main.star", 'never promote "web" because "no"\n', "exceptions"),
        (
            "rules/main.star",
            "rule more -> Trail weight 0.10 when path mentions page\n",
            "the rules decide otherwise",
        ),
        ("configs/starlang.toml", "# a remark\n", "config"),
    ],
)
def test_what_changed_is_named_with_what_it_means(
    world: World, file: str, text: str, means: str
) -> None:
    pin(world.run())
    with (world.root / file).open("a") as out:
        out.write(text)

    found = refusal(world).diagnostics

    assert [(each.code, each.file) for each in found] == [("E956", file)]
    assert means in found[0].message


def test_a_file_that_comes_to_be_used_is_named(world: World) -> None:
    pin(world.run())
    world.project.write("rules/more.star", USED)
    main = world.root / "rules" / "main.star"
    main.write_text(main.read_text().replace('"1.0"\n', '"1.0"\nuse "more.star"\n'))

    assert {each.file for each in refusal(world).diagnostics} == {
        "rules/main.star",
        "rules/more.star",
    }


def test_rules_that_do_not_compile_are_not_pinned(world: World) -> None:
    world.project.rules("rule nonsense")

    with pytest.raises(InputError):
        pin(world.run())
    assert not world.audit(FILE).exists()


LABELS = ["✦ Trail (Memory)", "🛡️ Watch (Guardian)", "Supporting"]


def with_copies(world: World, labels: list[str], more: str = "") -> None:
    """The old rules, their canon and a schema, where the order has them; one has `labels`."""
    stars = [{"id": "Trail"}, {"id": "Watch"}, {"id": "Supporting"}]
    world.project.write("configs/star_rules.json", json.dumps({"stars": stars}))
    world.project.write("packages/star_canon.json", json.dumps({"labels": labels}))
    world.project.write("schemas/own.schema.json", "{}")
    world.project.write(
        "configs/starlang.toml",
        '[project]\nrules = "rules/main.star"\nschema = "schemas/own.schema.json"\n'
        '[canon]\ncopies = ["configs/star_rules.json", "packages/star_canon.json"]\n' + more,
    )


def test_copies_of_the_canon_are_pinned_under_their_names(world: World) -> None:
    with_copies(world, LABELS)
    pin(world.run())

    written = json.loads(world.audit(FILE).read_bytes())
    assert complaints("pins", world.audit(FILE).read_bytes()) == []
    for part, name in {
        "star_rules.json": "configs/star_rules.json",
        "star_canon.json": "packages/star_canon.json",
        "schema.json": "schemas/own.schema.json",
    }.items():
        digest = f"sha256:{sha256((world.root / name).read_bytes()).hexdigest()}"
        assert written["digests"][part] == written["files"][name] == digest

    with_copies(world, [*LABELS[::-1]])
    (changed,) = refusal(world).diagnostics
    assert (changed.code, changed.file) == ("E956", "packages/star_canon.json")
    assert "a copy of the canon has changed" in changed.message


@pytest.mark.fault_row(122)
@pytest.mark.requirement("R09")
def test_nothing_is_pinned_while_a_copy_of_the_canon_differs(world: World) -> None:
    with_copies(world, LABELS[:1])
    done = starlang("pin", cwd=world.root)

    assert done.code == 4
    assert not world.audit(FILE).exists()
    assert [each for each in done.said.splitlines() if each.startswith("error[")] == [
        'error[E877]: Supporting is missing: no entry is "Supporting"',
        'error[E877]: Watch is missing: no entry is "🛡️ Watch (Guardian)"',
        "error[E978]: nothing is pinned while the canon and its copies differ: 2 differences",
    ]
    with pytest.raises(GateClosedError) as closed:
        pin(world.run())
    assert [each.code for each in closed.value.diagnostics] == ["E877", "E877", "E978"]
    # What the message says to write is what it takes, once there is a reason.
    advised = done.said[done.said.index("\n[[baseline]]") : done.said.index("next: ")]
    with_copies(world, LABELS[:1], advised)
    assert "E713" in starlang("pin", cwd=world.root).said
    with_copies(world, LABELS[:1], advised.replace('reason = ""', 'reason = "historic"'))
    said = succeed("pin", cwd=world.root).said
    assert [each for each in said.splitlines() if each.startswith("set aside: ")] == [
        f'set aside: E877 packages/star_canon.json: {star} is missing: no entry is "{label}"'
        for star, label in (("Supporting", "Supporting"), ("Watch", "🛡️ Watch (Guardian)"))
    ]
    assert "set aside" not in succeed("pin", cwd=world.root).said
    config = world.root / "configs" / "starlang.toml"
    config.write_text(config.read_text("utf-8") + "# a remark\n", "utf-8")
    assert "set aside" not in succeed("pin", cwd=world.root).said
    with_copies(world, LABELS[:2], advised.replace('reason = ""', 'reason = "historic"'))
    assert succeed("pin", cwd=world.root).said.count("set aside: ") == 1


def test_an_entry_for_the_canon_holds_until_its_day(world: World) -> None:
    entry = '[[baseline]]\npath = "packages/star_canon.json"\ncode = "E877"\nreason = "r"\n'
    with_copies(world, LABELS[:1], f'{entry}until = "2026-03-01"\n')
    assert len(pin(world.run()).known) == 2
    world.clock.turn(START + timedelta(days=1))

    with pytest.raises(GateClosedError) as raised:
        pin(world.run())
    assert [each.code for each in raised.value.diagnostics] == ["W702"]


@pytest.mark.requirement("R50")
def test_an_entry_that_accepts_nothing_fails_where_warnings_are_to_fail(world: World) -> None:
    entry = '[[baseline]]\npath = "packages/star_canon.json"\ncode = "E877"\nreason = "r"\n'
    with_copies(world, LABELS, entry)
    for _ in range(2):  # also where the pins are as they were
        done = starlang("pin", "--fail-on", "warning", cwd=world.root)
        assert (done.code, done.said.count("W701")) == (1, 2)
        assert "W701" in succeed("pin", cwd=world.root).said


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "starlang-pins/2"}', "{}"])
def test_a_damaged_file_is_refused_by_name(world: World, text: str) -> None:
    pin(world.run())
    world.audit(FILE).write_text(text)

    (finding,) = refusal(world).diagnostics
    assert (finding.code, finding.file) == ("E953", f"small_{FILE}")
