"""What is about persons stands sealed in the database: AES-SIV (RFC 5297), by keys that the database never sees.

The same text about the same thing is sealed alike, so that what is kept can be compared; nobody without a key can
open it, change it, or put it in another's place.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from services.core.settings import Settings

_KEY_BYTES: Final = 64
_MARK_BYTES: Final = 4
"""Before what is sealed stands by which key."""


class UnusableSealingKey(ValueError):
    """A key that is none, or the lack of the one by which something was sealed."""


class Seal:
    """Seals by the first of its keys, and opens by all."""

    OVERHEAD: Final = _MARK_BYTES + 16
    """By how many bytes what is sealed is longer."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = {_mark(key): AESSIV(key) for key in keys}
        self._first = _mark(keys[0])

    def close(self, text: bytes, about: str) -> bytes:
        """`text` sealed; it can be opened again only as what it is `about`."""
        return self._first + self._ciphers[self._first].encrypt(text, [about.encode()])

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed; UnusableSealingKey when it was by a key that is not here, or is not about this."""
        mark = sealed[:_MARK_BYTES]
        cipher = self._ciphers.get(mark)
        if cipher is None:
            raise UnusableSealingKey(f"the sealing key {mark.hex()} is not among the keys: put it back")
        try:
            return cipher.decrypt(sealed[_MARK_BYTES:], [about.encode()])
        except InvalidTag as error:
            raise UnusableSealingKey(f"what the key {mark.hex()} sealed was changed") from error

    def completed(self, fields: bytes, sealed: bytes | None, about: str) -> bytes:
        """A JSON object with the members that were sealed apart from it."""
        if sealed is None:
            return fields
        members = self.open(sealed, about)
        return members if len(fields) <= 2 else b"%b,%b" % (fields[:-1], members[1:])


def row_of(form: str, division: str) -> str:
    """What the personal fields of a reported row are about."""
    return f"{form}/{division}"


def seal_of(settings: Settings) -> Seal:
    """The seal whose keys are set, else kept in the data folder, where one is made for the first to ask."""
    if settings.sealing_keys is not None:
        return Seal([_key(text) for text in settings.sealing_keys.get_secret_value().split(",")])
    path = settings.data_dir / "sealing.keys"
    if not path.exists():
        _make(path)
    return Seal([_key(line) for line in path.read_text("ascii").splitlines() if line.strip()])


def new_key() -> str:
    """A key as settings and files have it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(_KEY_BYTES)).decode()


def _make(path: Path) -> None:
    """Whole or not at all, and by one alone: two that ask at once get the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{new_key()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _key(text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UnusableSealingKey(f"a sealing key is {_KEY_BYTES} bytes in base64: make one with `rorc sealing-key`")
    return key


def _mark(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_MARK_BYTES]
