"""Whose approval and review count, and until when: `accept` looks at keys and names again."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from accept.finished import CONFIG, Scene, begun, finish
from attrs import evolve
from program.repositories import commit_all, git
from run.test_apply import refused
from run.test_signing import Keys
from run.world import START, World, silent

from starlang.run.apply import apply
from starlang.run.approve import approve
from starlang.run.canary import canary
from starlang.run.merge import FILE, approve_merge, text_of, tree_of_run
from starlang.run.report import report
from starlang.run.verify import verify

pytestmark = pytest.mark.requirement("R23", "R31")

MERGE = "\n[approval]\nmerge = true\n"
SIGNED = f'{MERGE}signers = "configs/signers"\ndomain = "example.org"\n'
LISTED = "configs/signers"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    directory = tmp_path / "keys"
    directory.mkdir()
    return Keys(directory)


def listed(keys: Keys, **dates: str) -> str:
    """A list of signers; `dates` has the option that is before somebody's key."""
    people = ("maker", "bob", "carol")
    return "".join(
        f"{each}@example.org {dates.get(each, '')} {keys.public(each)}\n" for each in people
    )


def asked(tmp_path: Path, signers: str) -> World:
    world = begun(tmp_path / "repo", CONFIG + SIGNED)
    world.project.write(LISTED, signers)
    commit_all(world.root, "signatures are asked for")
    world.prepared()
    return world


def applied(world: World, keys: Keys, by: str = "bob") -> str:
    """The run, approved by Bob and reported; the digest of its final tree."""
    made = canary(world.run(), silent, by="maker@example.org", key=str(keys.private("maker")))
    digest = made.reported.head.plan
    approve(world.run(), digest, f"{by}@example.org", 7, str(keys.private(by)))
    apply(world.run(), silent)
    verify(world.run())
    report(world.run())
    return tree_of_run(world.run())


def failing(scene: Scene) -> dict[int, str]:
    found = scene.accept()
    return {
        each.criterion.number: f"{first.message}; {first.hint}"
        for each in found.failing
        for first in each.answer.findings[:1]
    }


def test_a_key_counts_as_it_was_when_the_plan_was_applied(tmp_path: Path, keys: Keys) -> None:
    world = asked(tmp_path, listed(keys, bob='valid-before="20260302"'))
    tree = applied(world, keys)
    approve_merge(world.run(), tree, "carol@example.org", str(keys.private("carol")))
    git(world.root, "add", "-A")
    git(world.root, "commit", "-q", "-F", world.audit("commit_message.txt"))
    scene = Scene(world)
    world.clock.turn(START + timedelta(days=3))
    assert failing(scene) == {}  # Bob's key has expired since

    def say(signers: str) -> dict[int, str]:
        """What fails once the list is another."""
        world.project.write(LISTED, signers)
        git(world.root, "commit", "-q", "-m", "signers", "--only", LISTED)
        return failing(scene)

    revoked = say(listed(keys, bob='valid-before="20260228"'))
    assert revoked.keys() == {5}
    assert "line 2: key has expired" in revoked[5]
    assert "`starlang rollback`" in revoked[5]
    removed = say(listed(keys).replace("bob@", "#bob@"))
    assert removed.keys() == {5}
    assert "`bob@example.org` is not one of those whose signatures count" in removed[5]
    reviewer = say(listed(keys, carol='valid-before="20260302"'))
    assert reviewer.keys() == {27}
    assert "line 3: key has expired" in reviewer[27]
    approve_merge(world.run(), tree, "maker@example.org", str(keys.private("maker")))
    assert failing(scene) == {}


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_dates_of_keys_are_in_utc(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """It is 12:00 in UTC."""
    monkeypatch.setenv("TZ", zone)
    window = 'valid-after="202603011159",valid-before="202603011201"'
    world = asked(tmp_path, listed(keys, bob=window))

    applied(world, keys)


def test_a_key_that_is_not_valid_now_opens_no_gate(tmp_path: Path, keys: Keys) -> None:
    world = asked(tmp_path, listed(keys, bob='valid-before="20260301"'))

    assert refused(partial(applied, world, keys)) == ["E966"]


@pytest.mark.parametrize("other", ["bob", "Bob", "bob+work"])
def test_one_person_with_two_keys_is_one_person(tmp_path: Path, keys: Keys, other: str) -> None:
    signers = f"{listed(keys)}{other}@example.org {keys.public('second')}\n"
    world = asked(tmp_path, signers)
    tree, second = applied(world, keys), str(keys.private("second"))

    review = partial(approve_merge, world.run(), tree, f"{other}@example.org", second)
    assert refused(review) == ["E994"]


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_keys_of_each_kind_count_and_certificates_do_not(
    tmp_path: Path, keys: Keys, kind: str
) -> None:
    path = keys.directory / "dora"
    keys.run("-q", "-t", kind, "-N", "", "-f", path)
    world = asked(tmp_path, f"{listed(keys)}dora@example.org {keys.public('dora')}\n")
    applied(world, keys, by="dora")

    authority, public = keys.private("ca"), path.with_suffix(".pub")
    keys.run("-q", "-s", authority, "-I", "dora", "-n", "dora@example.org", public)
    certificate = " ".join((keys.directory / "dora-cert.pub").read_text().split()[:2])
    with_one = asked(tmp_path / "other", f"{listed(keys)}dora@example.org {certificate}\n")
    assert refused(partial(applied, with_one, keys)) == ["E969"]


# Without signatures a name is the word of whoever types it: what is a slip is seen.


@pytest.fixture
def reviewed(tmp_path: Path) -> World:
    """A run that `Bob <bob@example.org>` has approved, with everything but the review."""
    world = begun(tmp_path / "repo", CONFIG + MERGE)
    world.prepared()
    digest = canary(world.run(), silent).reported.head.plan
    approve(world.run("bob"), digest, "Bob <bob@example.org>", 7)
    apply(world.run(), silent)
    verify(world.run())
    report(world.run())
    return world


@pytest.mark.parametrize(
    "name",
    [
        "Bob <bob@example.org>",
        "bob <BOB@example.org>",
        "bob@example.org",
        "bob+review@example.org",
        "Robert <bob@example.org>",
        "\N{FULLWIDTH LATIN SMALL LETTER B}ob <bob@example.org>",
    ],
)
def test_who_approved_does_not_review_under_another_spelling(reviewed: World, name: str) -> None:
    tree = tree_of_run(reviewed.run())

    assert refused(partial(approve_merge, reviewed.run(), tree, name))[0] in {"E994", "E967"}
    assert not reviewed.audit(FILE).exists()
    approve_merge(reviewed.run(), tree, "Rob <rob@example.org>")
    assert failing(Scene(reviewed)) == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"approver": "dave"}, "another approver"),
        ({"by": ""}, "not a name"),
        ({"by": "c\N{CYRILLIC SMALL LETTER A}rol"}, "taken for another name"),
        ({"at": "2026-03-01T13:00:00Z"}, "still to come"),
        ({"at": "soon"}, "still to come"),
        ({"at": "2026-02-28T12:00:00Z"}, "before the run was written"),
    ],
)
def test_a_review_that_was_written_by_hand_says_what_can_be(
    reviewed: World, changes: dict[str, str], says: str
) -> None:
    made = approve_merge(reviewed.run(), tree_of_run(reviewed.run()), "carol")
    reviewed.audit(FILE).write_text(text_of(evolve(made, **changes)), "utf-8")

    found = failing(Scene(reviewed))
    assert found.keys() == {27}
    assert says in found[27]


@pytest.mark.parametrize("name", ["configs/starlang.toml", "configs/shop.toml"])
def test_a_review_that_the_base_asks_for_is_asked_for_whatever_its_config_is_called(
    tmp_path: Path, name: str
) -> None:
    """A branch has a config that asks for none, at the place of the default one."""
    world = begun(tmp_path / "repo", CONFIG)
    git(world.root, "rm", "-q", "configs/starlang.toml")
    world.project.write(name, CONFIG + MERGE)
    commit_all(world.root, "a review is asked for")
    git(world.root, "switch", "-q", "-c", "sly")
    git(world.root, "rm", "-q", name)
    world.project.write("configs/starlang.toml", CONFIG)
    commit_all(world.root, "and not here")
    finish(world)

    assert failing(Scene(world)).keys() == {27}
