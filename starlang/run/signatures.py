"""SSH signatures of approvals and reports, made and verified by `ssh-keygen -Y`.

Only `verify` is ever asked, which knows whose key counts; the answer of `ssh-keygen` names
the key, and that is what identifies a person. Its allowed-signers file has wildcards and
options that would let one key pass for somebody else, so only plain entries are taken.
"""

import re
import subprocess
import tempfile
from base64 import b64decode, b64encode
from binascii import Error as BinasciiError
from datetime import UTC, datetime
from hashlib import sha256
from os import fsencode
from pathlib import Path

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.errors import GateClosedError, UnreadyError
from starlang.project.git import environment
from starlang.run.trust import Trust

_BLOCK = re.compile(
    rb"-----BEGIN SSH SIGNATURE-----\n[A-Za-z0-9+/=\n]+\n-----END SSH SIGNATURE-----\n"
)
_GOOD = re.compile(r'Good "(.+)" signature for (.+) with \S+ key (SHA256:\S+)\n?')
_PRINCIPAL = re.compile(r"[^\s\"*?!,]+")
_KEY_TYPE = re.compile(
    r"ssh-rsa|(?:ssh-ed25519|ecdsa-sha2-nistp\d+)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com"
)
_OPTIONS = re.compile(r'(?:namespaces|valid-after|valid-before)="?[^"\s]+"?(?:,|$)')


class SignatureError(Exception):
    """A signature that does not count; the words say why."""


@frozen
class Signer:
    """A line of an allowed-signers file: a principal, and the fingerprint of its key."""

    principal: str
    fingerprint: str


def sign(data: bytes, key: str, namespace: str) -> bytes:
    """The signature of `data`, made with the private key in the file `key`."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "approval")
        file.write_bytes(data)
        done = _keygen("sign", "-q", "-n", namespace, "-f", key, str(file))
        signature = file.with_name("approval.sig")
        if done.returncode or not signature.exists():
            raise UnreadyError(_unsignable(key, done.stderr.decode(errors="replace")))
        return signature.read_bytes()


def verify(  # noqa: PLR0913, PLR0917 -- a signature, and all that decides whether it counts
    data: bytes, signature: bytes, by: str, trust: Trust, namespace: str, at: datetime
) -> str:
    """The fingerprint of the key with which `by` signed `data` for that namespace.

    SignatureError if that is not so, if the key is not `by`'s alone, or if it was not valid `at`
    that time (in UTC).
    """
    signers = allowed(trust)
    if _BLOCK.fullmatch(signature) is None:
        raise SignatureError("it is not a signature, whole and alone")
    if by not in {each.principal for each in signers}:
        raise SignatureError(f"`{by}` is not one of those whose signatures count")
    with tempfile.TemporaryDirectory() as directory:
        listed, signed = Path(directory, "signers"), Path(directory, "signature")
        listed.write_text(trust.signers)
        signed.write_bytes(signature)
        done = _keygen(
            "verify",
            *("-f", str(listed), "-I", by, "-n", namespace, "-s", str(signed)),
            f"-Overify-time={at.astimezone(UTC):%Y%m%d%H%M%S}",
            stdin=data,
        )
    match = _GOOD.fullmatch(done.stdout.decode(errors="replace"))
    if done.returncode or match is None or match[1] != namespace or match[2] != by:
        words = done.stderr.decode(errors="replace") + done.stdout.decode(errors="replace")
        words = words.replace(f"{listed}:", "line ")
        raise SignatureError(words.strip().partition("\n")[0] or "it does not verify")
    fingerprint = match[3]
    owners = {each.principal for each in signers if each.fingerprint == fingerprint}
    if owners != {by}:
        raise SignatureError(f"the key {fingerprint} belongs to {', '.join(sorted(owners))}")
    return fingerprint


def allowed(trust: Trust) -> tuple[Signer, ...]:
    """The plain entries of the allowed-signers file; GateClosedError at any other line."""
    found = []
    for number, line in enumerate(trust.signers.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        signer = _signer(line.split())
        if signer is None:
            raise GateClosedError(_odd_line(number, trust))
        found.append(signer)
    return tuple(found)


def _signer(words: list[str]) -> Signer | None:
    if len(words) < 3 or not _PRINCIPAL.fullmatch(words[0]):  # noqa: PLR2004 -- name, type, key
        return None
    principal, *rest = words
    if not _KEY_TYPE.fullmatch(rest[0]):
        if not _OPTIONS.match(rest[0]) or "cert-authority" in rest[0]:
            return None
        rest = rest[1:]
    if len(rest) < 2 or not _KEY_TYPE.fullmatch(rest[0]):  # noqa: PLR2004 -- type and key
        return None
    try:
        key = b64decode(rest[1], validate=True)
    except BinasciiError:
        return None
    return Signer(principal, f"SHA256:{b64encode(sha256(key).digest()).decode().rstrip('=')}")


def _keygen(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(  # noqa: S603 -- a list of arguments: no shell reads it
            ["ssh-keygen", "-Y", *map(fsencode, arguments)],  # noqa: S607 -- as the user has it
            input=stdin,
            env={**environment(), "TZ": "UTC0"},  # of the times in the list of signers, as well
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise UnreadyError(_no_keygen()) from None


def _odd_line(number: int, trust: Trust) -> Diagnostic:
    return Diagnostic(
        code="E969",
        message=(
            f"line {number} of the allowed signers ({trust.source}) is not a plain entry: one "
            "exact name, a key type, a key"
        ),
        hint="write one line per person; wildcards and authorities would let others pass for them",
    )


def _unsignable(key: str, words: str) -> Diagnostic:
    return Diagnostic(
        code="E970",
        message=f"`{key}` cannot sign: {words.strip().partition(chr(10))[0]}",
        hint="name a private key of yours; with an agent, name its public key",
    )


def _no_keygen() -> Diagnostic:
    return Diagnostic(
        code="E970",
        message="`ssh-keygen` is not installed, and approvals have to be signed here",
        hint="install the OpenSSH client, version 8.9 or later",
    )
