"""Signed approvals: whose key counts is said where the change under review cannot reach it."""

import json
import subprocess
from functools import partial
from pathlib import Path

import pytest
from attrs import frozen
from program.repositories import commit_all, git
from program.run import starlang, succeed
from program.tools import needs
from run.test_apply import refused
from run.world import SETTINGS, World, silent

from starlang.errors import SetupError, UnreadyError
from starlang.run.apply import apply
from starlang.run.approval_file import FILE, SIGNATURE
from starlang.run.approve import approve
from starlang.run.canary import canary
from starlang.run.pin import pin
from starlang.run.signatures import allowed
from starlang.run.trust import VARIABLE, Trust

pytestmark = pytest.mark.requirement("R23")

APPROVAL = """
[approval]
signers = "configs/allowed_signers"
domain = "example.org"
"""
BOB, EVE, MAKER = "bob@example.org", "eve@example.org", "maker@example.org"


@frozen
class Keys:
    """Key pairs of people, made by ssh-keygen."""

    directory: Path

    def private(self, name: str) -> Path:
        path = self.directory / name
        if not path.exists():
            self.run("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path)
        return path

    def public(self, name: str) -> str:
        return " ".join(self.private(name).with_suffix(".pub").read_text().split()[:2])

    def fingerprint(self, name: str) -> str:
        return self.run("-l", "-f", self.private(name).with_suffix(".pub")).split()[1]

    def sign(self, name: str, file: Path, namespace: str) -> None:
        file.with_name(f"{file.name}.sig").unlink(missing_ok=True)
        self.run("-Y", "sign", "-q", "-n", namespace, "-f", self.private(name), file)

    def run(self, *arguments: str | Path) -> str:
        done = subprocess.run(
            [needs("ssh-keygen"), *arguments], capture_output=True, check=False, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The same in all tests, so that worlds can be kept in which somebody has signed."""
    return Keys(tmp_path_factory.mktemp("keys"))


def guarded(world: World, keys: Keys, signers: str) -> str:
    """The world with signatures asked for, up to a signed report; the digest of its plan."""
    return world.reach(f"guarded by {signers}", lambda fresh: _guard(fresh, keys, signers))


def _guard(world: World, keys: Keys, signers: str) -> str:
    world.project.config(SETTINGS + APPROVAL)
    may = f'namespaces="starlang-report@example.org" {keys.public("maker")}'
    world.project.write("configs/allowed_signers", f"{signers}{MAKER} {may}\n")
    commit_all(world.root, "signatures are asked for")
    world.prepared()
    return reported(world, keys)


def reported(world: World, keys: Keys, by: str = MAKER, key: str = "maker") -> str:
    made = canary(world.run(), silent, by=by, key=str(keys.private(key)))
    return made.reported.head.plan


def signed(world: World, keys: Keys) -> None:
    """The same, and approved by Bob, who signs."""
    world.reach("signed", lambda fresh: _sign(fresh, keys))


def _sign(world: World, keys: Keys) -> str:
    plan = guarded(world, keys, f"{BOB} {keys.public('bob')}\n{EVE} {keys.public('eve')}\n")
    approve(world.run("bob"), plan, BOB, 7, str(keys.private("bob")))
    return plan


def closed(world: World) -> list[str]:
    return refused(lambda: apply(world.run(), silent))


def test_the_key_that_signed_is_recorded(world: World, keys: Keys) -> None:
    plan = guarded(world, keys, f"{BOB} {keys.public('bob')}\n")

    made = approve(world.run("bob"), plan, BOB, 7, str(keys.private("bob")))

    assert made.fingerprint == keys.fingerprint("bob")
    assert apply(world.run(), silent).written == 2


def test_ssh_keygen_itself_confirms_the_signature(world: World, keys: Keys) -> None:
    signed(world, keys)

    done = subprocess.run(
        [
            needs("ssh-keygen"),
            *("-Y", "verify", "-f", world.root / "configs" / "allowed_signers"),
            *("-I", BOB, "-n", "starlang-plan@example.org", "-s", world.audit(SIGNATURE)),
        ],
        input=world.audit(FILE).read_bytes(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.fault_row(50)
def test_without_a_signature_it_does_not_count(world: World, keys: Keys) -> None:
    plan = guarded(world, keys, f"{BOB} {keys.public('bob')}\n")

    assert refused(lambda: approve(world.run("bob"), plan, BOB, 7)) == ["E966"]
    assert closed(world) == ["E955"]
    approve(world.run("bob"), plan, BOB, 7, str(keys.private("bob")))
    world.audit(SIGNATURE).unlink()
    assert closed(world) == ["E966"]


@pytest.mark.fault_row(50, 53)
@pytest.mark.parametrize(
    ("by", "key"),
    [(BOB, "eve"), (EVE, "bob"), ("carol@example.org", "bob"), (BOB, "stranger"), ("*", "bob")],
)
def test_a_key_speaks_for_its_owner_alone(world: World, keys: Keys, by: str, key: str) -> None:
    signers = f"{BOB} {keys.public('bob')}\n{EVE} {keys.public('eve')}\n"
    plan = guarded(world, keys, signers)

    make = partial(approve, world.run(), plan, by, 7, str(keys.private(key)))
    assert refused(make) == ["E966"]
    assert closed(world) == ["E955"]


@pytest.mark.fault_row(53)
def test_a_key_under_two_names_is_nobodys(world: World, keys: Keys) -> None:
    signers = f"{BOB} {keys.public('bob')}\n{EVE} {keys.public('bob')}\n"
    plan = guarded(world, keys, signers)

    for by in (BOB, EVE):
        make = partial(approve, world.run(), plan, by, 7, str(keys.private("bob")))
        assert refused(make) == ["E966"]


@pytest.mark.fault_row(53)
def test_nobody_approves_a_plan_of_his_own(world: World, keys: Keys) -> None:
    plan = guarded(world, keys, f"{EVE} {keys.public('eve')}\n{BOB} {keys.public('bob')}\n")
    assert reported(world, keys, EVE, "eve") == plan

    make = partial(approve, world.run(), plan, EVE, 7, str(keys.private("eve")))
    assert refused(make) == ["E966"]
    approve(world.run(), plan, BOB, 7, str(keys.private("bob")))


@pytest.mark.requirement("R47")
@pytest.mark.fault_row(53)
def test_saying_that_somebody_else_made_it_does_not_help(world: World, keys: Keys) -> None:
    """Eve makes a plan and approves it: by git's `user.email`, or by editing the report."""
    plan = guarded(world, keys, f"{EVE} {keys.public('eve')}\n{BOB} {keys.public('bob')}\n")
    eve = str(keys.private("eve"))
    make = partial(approve, world.run(), plan, EVE, 7, eve)
    for file in world.audit(FILE).parent.glob("small_canary_*"):
        file.unlink()
    git(world.root, "config", "user.email", BOB)
    canary(world.run(), silent)
    assert refused(make) == ["E972"]
    assert refused(lambda: canary(world.run(), silent, key=eve)) == ["E972"]
    canary(world.run(), silent, by=EVE, key=eve)
    for name in ("report.json", "report.html"):
        file = world.audit(f"canary_{name}")
        file.write_text(file.read_text("utf-8").replace(EVE, BOB), "utf-8")
    assert refused(make) == ["E972"]
    made_by_maker = world.audit("canary_report.json.sig")
    made_by_maker.write_bytes(made_by_maker.read_bytes()[:40])
    assert refused(make) == ["E972"]
    made_by_maker.unlink()
    assert refused(make) == ["E972"]
    assert closed(world) == ["E955"]


@pytest.mark.requirement("R47")
def test_somebody_who_may_only_make_plans_cannot_approve_one(world: World, keys: Keys) -> None:
    plan = guarded(world, keys, f"{EVE} {keys.public('eve')}\n")
    reported(world, keys, EVE, "eve")

    make = partial(approve, world.run(), plan, MAKER, 7, str(keys.private("maker")))
    assert refused(make) == ["E966"]


@pytest.mark.requirement("R47")
def test_a_file_outside_may_name_the_author(
    world: World, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'signers = "signers"\ndomain = "example.org"\nauthor = "{EVE}"\n'
    signers = f"{BOB} {keys.public('bob')}\n{EVE} {keys.public('eve')}\n"
    monkeypatch.setenv(VARIABLE, str(outside(tmp_path, text, signers)))
    plan = world.reported()

    make = partial(approve, world.run(), plan, EVE, 7, str(keys.private("eve")))
    assert refused(make) == ["E966"]
    approve(world.run(), plan, BOB, 7, str(keys.private("bob")))
    assert apply(world.run(), silent).written == 2


@pytest.mark.requirement("R47")
@pytest.mark.parametrize("by", ["alice", "Alice", "\u0430lice", "al\u200bice"])
def test_without_signatures_approving_ones_own_plan_is_a_warning(world: World, by: str) -> None:
    git(world.root, "config", "user.email", "")
    plan = world.reported()
    if by.isascii():
        made = approve(world.run("bob"), plan, by, 7)

        assert [each.code for each in made.warnings] == ["W973"]
        assert [each.code for each in apply(world.run(), silent).warnings] == ["W973"]
    else:
        assert refused(lambda: approve(world.run("bob"), plan, by, 7)) == ["E967"]


@pytest.mark.requirement("R47")
def test_a_config_may_refuse_that_and_a_branch_cannot_allow_it(world: World) -> None:
    world.project.config(SETTINGS + '[approval]\nown_plan = "refuse"\n')
    git(world.root, "config", "user.email", EVE)
    commit_all(world.root, "four eyes")
    plan = world.reported()
    for by in (EVE, EVE.upper(), "alice"):
        assert refused(partial(approve, world.run(), plan, by, 7)) == ["E973"]
    git(world.root, "switch", "-q", "-c", "sly")
    world.project.config(SETTINGS)
    commit_all(world.root, "two eyes")
    pin(world.run())
    plan = canary(world.run(), silent).reported.head.plan

    assert refused(lambda: approve(world.run(), plan, EVE, 7), UnreadyError) == ["E968"]
    git(world.root, "config", "starlang.base", "main")
    assert refused(lambda: approve(world.run(), plan, EVE, 7)) == ["E973"]
    assert approve(world.run(), plan, BOB, 7).warnings == ()


@pytest.mark.fault_row(50)
def test_a_signature_for_another_purpose_does_not_count(world: World, keys: Keys) -> None:
    signed(world, keys)
    for namespace in ("git", "file", "starlang-plan@example.com"):
        keys.sign("bob", world.audit(FILE), namespace)
        assert closed(world) == ["E966"]
    keys.sign("bob", world.audit(FILE), "starlang-plan@example.org")
    assert apply(world.run(), silent).written == 2


@pytest.mark.fault_row(50)
def test_a_signature_of_another_text_does_not_count(world: World, keys: Keys) -> None:
    signed(world, keys)
    other = world.root / "other.txt"
    other.write_bytes(world.audit(FILE).read_bytes() + b"\n")
    keys.sign("bob", other, "starlang-plan@example.org")
    world.audit(SIGNATURE).write_bytes(other.with_name("other.txt.sig").read_bytes())

    assert closed(world) == ["E966"]


@pytest.mark.fault_row(55)
@pytest.mark.parametrize("more", ["text", "twice", "empty", "before", "cut"])
def test_a_signature_stands_alone(world: World, keys: Keys, more: str) -> None:
    signed(world, keys)
    data = world.audit(SIGNATURE).read_bytes()
    world.audit(SIGNATURE).write_bytes(
        {
            "text": data + b"approved by the board\n",
            "twice": data + data,
            "empty": b"",
            "before": b"\n" + data,
            "cut": data[: len(data) // 2],
        }[more]
    )

    assert closed(world) == ["E966"]


@pytest.mark.fault_row(54)
def test_a_key_that_nobody_listed_is_never_asked_for(world: World, keys: Keys) -> None:
    """`check-novalidate` would accept any key; the program must not know the word."""
    signed(world, keys)
    keys.sign("mallory", world.audit(FILE), "starlang-plan@example.org")

    assert closed(world) == ["E966"]
    root = Path(__file__).resolve().parents[2] / "starlang"
    assert [p for p in root.rglob("*.py") if "check-novalidate" in p.read_text()] == []


@pytest.mark.fault_row(53)
@pytest.mark.parametrize(
    "line",
    [
        "*@example.org {key}",
        "bob@example.org,eve@example.org {key}",
        '"bob@example.org" {key}',
        "!eve@example.org {key}",
        "bob@example.org cert-authority {key}",
        "bob@example.org",
        "bob@example.org ssh-ed25519",
        "bob@example.org ssh-ed25519 not!base64",
        "bob@example.org cert-authority,namespaces=git {key}",
    ],
)
def test_only_plain_entries_are_taken(world: World, keys: Keys, line: str) -> None:
    """Said at the first step that asks for a signature."""
    entry = line.format(key=keys.public("bob")) + "\n"

    assert refused(partial(guarded, world, keys, entry)) == ["E969"]


def test_comments_and_plain_options_may_stand_there(keys: Keys) -> None:
    text = (
        "# who may approve\n\n"
        f'{BOB} namespaces="starlang-plan@example.org" {keys.public("bob")} bob at work\n'
    )

    (signer,) = allowed(Trust(text, "example.org"))

    assert (signer.principal, signer.fingerprint) == (BOB, keys.fingerprint("bob"))


@pytest.mark.fault_row(50, 118)
@pytest.mark.parametrize("named", [(), ("--origin", "upstream")])
def test_a_branch_cannot_switch_signatures_off(
    world: World, keys: Keys, tmp_path: Path, named: tuple[str, ...]
) -> None:
    """The base is the default branch of the remote, whatever the branch under review says."""
    world.project.config(SETTINGS + APPROVAL)
    signers = f"{BOB} {keys.public('bob')}\n{EVE} {keys.public('eve')}\n"
    world.project.write("configs/allowed_signers", signers)
    commit_all(world.root, "signatures are asked for")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", *named, world.root, clone)
    other = World(type(world.project)(clone), world.clock)
    git(clone, "switch", "-q", "-c", "sly")
    other.project.config(SETTINGS)
    other.project.write("configs/allowed_signers", f"{BOB} {keys.public('eve')}\n")
    commit_all(clone, "no signatures, please")
    other.prepared()
    plan = reported(other, keys, EVE, "eve")

    assert refused(lambda: approve(other.run(), plan, BOB, 7)) == ["E966"]
    make = partial(approve, other.run(), plan, BOB, 7, str(keys.private("eve")))
    assert refused(make) == ["E966"]
    approve(other.run(), plan, BOB, 7, str(keys.private("bob")))
    assert apply(other.run(), silent).written == 2


@pytest.mark.fault_row(50)
def test_a_checkout_without_the_default_branch_assumes_nothing(
    world: World, tmp_path: Path
) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", world.root, clone)
    git(clone, "switch", "-q", "-c", "sly")
    git(clone, "update-ref", "-d", "refs/remotes/origin/main")
    git(clone, "symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    other = World(type(world.project)(clone), world.clock)
    plan = other.reported()

    assert refused(lambda: approve(other.run(), plan, BOB, 7), UnreadyError) == ["E968"]
    git(clone, "fetch", "-q", "origin")
    git(clone, "remote", "set-head", "origin", "-a")
    approve(other.run(), plan, BOB, 7)


@pytest.fixture
def asked(world: World, keys: Keys) -> World:
    """Signatures are asked for, on the branch `main`; a branch `sly` is checked out."""
    guarded(world, keys, f"{BOB} {keys.public('bob')}\n{EVE} {keys.public('eve')}\n")
    git(world.root, "switch", "-q", "-c", "sly")
    return world


def again(world: World) -> str:
    """Another plan, made from what the work tree says now; its digest."""
    pin(world.run())
    return canary(world.run(), silent).reported.head.plan


@pytest.mark.fault_row(118)
@pytest.mark.requirement("R47")
@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("name", ["configs/other.toml", "other.toml", "configs/odd.conf"])
def test_a_config_of_another_name_does_not_switch_them_off(
    asked: World, name: str, *, committed: bool
) -> None:
    """Even if the base has that config: it asks for nothing, and another one does."""
    (asked.root / "configs" / "starlang.toml").unlink()
    other = f'{SETTINGS}[audit]\nprefix = "other"\n'
    path = asked.project.config(other).rename(asked.root / name)
    if committed:
        git(asked.root, "switch", "-q", "main")
        commit_all(asked.root, "a config for something else")
        git(asked.root, "restore", "-q", "--source", "HEAD~", "configs/starlang.toml")
        commit_all(asked.root, "both")
    config = ("--config", str(path))
    for step in ("pin", "backup", "canary"):
        succeed(step, *config, cwd=asked.root)
    report = asked.root / "docs" / "audits" / "other_canary_report.json"
    plan = json.loads(report.read_bytes())["plan"]

    done = starlang("approve", plan, "--by", EVE, *config, cwd=asked.root)

    assert done.code == 4
    assert "error[E966]" in done.said


@pytest.mark.requirement("R47")
def test_without_a_remote_all_branches_have_to_agree(asked: World) -> None:
    asked.project.config(SETTINGS)
    commit_all(asked.root, "no signatures, please")
    plan = again(asked)
    make = partial(approve, asked.run(), plan, EVE, 7)

    assert refused(make, UnreadyError) == ["E968"]
    git(asked.root, "config", "starlang.base", "main")
    assert refused(make) == ["E966"]
    for odd in ("nowhere", "HEAD", "sly~"):
        git(asked.root, "config", "starlang.base", odd)
        assert refused(make, UnreadyError) == ["E968"]


@pytest.mark.fault_row(118)
@pytest.mark.requirement("R47")
def test_a_remote_that_disagrees_has_to_be_chosen(asked: World, tmp_path: Path) -> None:
    """A fork of one's own is a remote like any other."""
    git(tmp_path, "clone", "-q", "--branch", "main", asked.root, "fork")
    fork = World(type(asked.project)(tmp_path / "fork"), asked.clock)
    fork.project.config(SETTINGS)
    commit_all(fork.root, "no signatures in my fork")
    git(asked.root, "remote", "add", "fork", fork.root)
    git(asked.root, "remote", "add", "upstream", asked.root)
    asked.project.config(SETTINGS)
    make = partial(approve, asked.run(), again(asked), EVE, 7)
    assert refused(make, UnreadyError) == ["E968"]
    for name in ("fork", "upstream"):
        git(asked.root, "fetch", "-q", name)
        git(asked.root, "remote", "set-head", name, "main")
    assert refused(make, UnreadyError) == ["E968"]
    git(asked.root, "config", "starlang.base", "upstream/main")

    assert refused(make) == ["E966"]


@pytest.mark.requirement("R47")
def test_a_base_of_two_meanings_is_refused(asked: World) -> None:
    git(asked.root, "branch", "-q", "evil/main", "main")
    git(asked.root, "update-ref", "refs/remotes/evil/main", "main")
    git(asked.root, "tag", "main", "sly")
    plan = again(asked)
    git(asked.root, "config", "starlang.base", "evil/main")

    make = partial(approve, asked.run(), plan, EVE, 7)
    assert refused(make, UnreadyError) == ["E968"]
    git(asked.root, "config", "starlang.base", "main")
    assert refused(make) == ["E966"]


@pytest.mark.fault_row(118)
@pytest.mark.requirement("R47")
def test_replaced_objects_are_not_believed(asked: World) -> None:
    base = git(asked.root, "rev-parse", "main").strip()
    asked.project.config(SETTINGS)
    evil = commit_all(asked.root, "no signatures, please")
    git(asked.root, "config", "starlang.base", "main")
    git(asked.root, "replace", base, evil)
    assert "signers" not in git(asked.root, "show", "main:configs/starlang.toml")

    assert refused(partial(approve, asked.run(), again(asked), EVE, 7)) == ["E966"]


@pytest.mark.requirement("R47")
def test_a_config_that_nobody_has_committed_says_nothing(world: World) -> None:
    plan = world.reported()
    git(world.root, "rm", "-q", "--cached", "configs/starlang.toml")
    git(world.root, "commit", "-q", "-m", "a project without a config")

    assert refused(lambda: approve(world.run(), plan, BOB, 7), UnreadyError) == ["E968"]


def test_without_ssh_keygen_that_is_said(
    world: World, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = guarded(world, keys, f"{BOB} {keys.public('bob')}\n")
    directory = keys.directory / "bin"
    directory.mkdir()
    (directory / "git").symlink_to(needs("git"))
    monkeypatch.setenv("PATH", str(directory))

    make = partial(approve, world.run(), plan, BOB, 7, str(keys.private("bob")))
    assert refused(make, UnreadyError) == ["E970"]


def test_a_trusted_file_that_is_no_toml_is_named(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = world.reported()
    for text in ("signers =", 'signer = "x"', "signers = 5\n"):
        (tmp_path / "trust.toml").write_text(text)
        monkeypatch.setenv(VARIABLE, str(tmp_path / "trust.toml"))
        with pytest.raises((SetupError, UnreadyError)):
            approve(world.run(), plan, BOB, 7)
    assert not world.audit(FILE).exists()


def test_what_is_not_committed_decides_nothing(world: World, keys: Keys) -> None:
    plan = guarded(world, keys, f"{BOB} {keys.public('bob')}\n")
    world.project.write("configs/allowed_signers", f"{BOB} {keys.public('eve')}\n")

    make = partial(approve, world.run(), plan, BOB, 7, str(keys.private("eve")))
    assert refused(make) == ["E966"]


def outside(tmp_path: Path, text: str, signers: str) -> Path:
    directory = tmp_path / "trusted"
    directory.mkdir()
    (directory / "signers").write_text(signers)
    file = directory / "starlang.toml"
    file.write_text(text)
    return file


def test_a_file_outside_of_the_repository_may_say_it(
    world: World, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'signers = "signers"\ndomain = "example.org"\n'
    signers = f"{BOB} {keys.public('bob')}\n{MAKER} {keys.public('maker')}\n"
    monkeypatch.setenv(VARIABLE, str(outside(tmp_path, text, signers)))
    world.prepared()
    plan = reported(world, keys)

    assert refused(lambda: approve(world.run(), plan, BOB, 7)) == ["E966"]
    approve(world.run(), plan, BOB, 7, str(keys.private("bob")))
    assert apply(world.run(), silent).written == 2


@pytest.mark.parametrize(
    ("text", "kind"), [('signers = "signers"\n', "E968"), ('signers = "x"\ndomain = "d"\n', "E968")]
)
def test_one_that_is_incomplete_is_named(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, kind: str
) -> None:
    monkeypatch.setenv(VARIABLE, str(outside(tmp_path, text, "")))
    plan = world.reported()

    assert refused(lambda: approve(world.run(), plan, BOB, 7), UnreadyError) == [kind]


def test_one_inside_of_the_repository_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = world.project.write("trust.toml", 'signers = "s"\ndomain = "example.org"\n')
    monkeypatch.setenv(VARIABLE, str(inside))
    plan = world.reported()

    assert refused(lambda: approve(world.run(), plan, BOB, 7), UnreadyError) == ["E968"]


def test_signers_that_are_not_committed_are_missed(world: World) -> None:
    world.project.config(SETTINGS + APPROVAL)
    commit_all(world.root, "signatures are asked for")
    plan = world.reported()

    assert refused(lambda: approve(world.run(), plan, BOB, 7)) == ["E968"]


def test_a_key_that_cannot_sign_is_named_and_nothing_is_written(world: World, keys: Keys) -> None:
    plan = guarded(world, keys, f"{BOB} {keys.public('bob')}\n")

    make = partial(approve, world.run(), plan, BOB, 7, str(world.root / "no_key"))
    assert refused(make, UnreadyError) == ["E970"]
    assert not world.audit(FILE).exists()


def test_where_nobody_is_listed_nothing_can_be_signed(world: World, keys: Keys) -> None:
    plan = world.reported()

    make = partial(approve, world.run(), plan, BOB, 7, str(keys.private("bob")))
    assert refused(make) == ["E966"]


def test_a_new_approval_removes_an_old_signature(world: World, keys: Keys) -> None:
    signed(world, keys)
    world.audit(SIGNATURE).write_bytes(b"old")
    made = canary(world.run(), silent)
    approve(world.run(), made.reported.head.plan, BOB, 7, str(keys.private("bob")))

    assert apply(world.run(), silent).written == 2
