"""`pin`: everything that decides is recorded, and later steps name what has changed."""

import json
from hashlib import sha256

import pytest
from pipeline.world import World

from starlang.errors import GateClosedError, InputError
from starlang.pipeline.gates import Gates
from starlang.pipeline.pins import FILE, pin

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
    assert {"star_rules", "star_canon.json", "exceptions", "profile", "config"} <= set(
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


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "starlang-pins/2"}', "{}"])
def test_a_damaged_file_is_refused_by_name(world: World, text: str) -> None:
    pin(world.run())
    world.audit(FILE).write_text(text)

    (finding,) = refusal(world).diagnostics
    assert (finding.code, finding.file) == ("E953", f"small_{FILE}")
