"""Checksums as STAC's file extension writes them: multihashes in hexadecimal digits.

A multihash is the number of its function, the length of the digest in bytes (both as unsigned
varints), and the digest. Source: https://github.com/multiformats/multihash.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from crosslook.errors import InputError
from crosslook.scenes.archives import quoted

FUNCTIONS = {
    0x11: "sha1",
    0x12: "sha256",
    0x13: "sha512",
    0x14: "sha3_512",
    0x15: "sha3_384",
    0x16: "sha3_256",
    0x17: "sha3_224",
    0x20: "sha384",
    0xD5: "md5",
}


@dataclass(frozen=True)
class Checksum:
    """A hash function of hashlib and the digest that a file must have."""

    function: str
    digest: bytes

    def of(self, path: Path) -> bytes:
        with path.open("rb") as file:
            hashed = hashlib.file_digest(file, lambda: hashlib.new(self.function))
        return hashed.digest()


def parse_multihash(text: str) -> Checksum | None:
    """The function and digest of a multihash; None if the function is none of those known here.

    Raises:
        InputError: if it is no multihash: not hexadecimal, or of another length than it says.
    """
    try:
        data = bytes.fromhex(text)
        code, data = _varint(data)
        length, digest = _varint(data)
    except (ValueError, IndexError):
        raise InputError(f"{quoted(text)} is no multihash in hexadecimal digits.") from None
    if length != len(digest) or not digest:
        raise InputError(f"{quoted(text)} is no multihash: its digest is not {length} bytes long.")
    function = FUNCTIONS.get(code)
    if function is None:
        return None
    if hashlib.new(function).digest_size != length:
        raise InputError(f"{quoted(text)} is no multihash: {function} is not {length} bytes long.")
    return Checksum(function, digest)


def _varint(data: bytes) -> tuple[int, bytes]:
    """The number at the beginning, seven bits a byte, lowest first; and what follows it."""
    value = 0
    for place, byte in enumerate(data[:9]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, data[place + 1 :]
    raise ValueError("a number without an end")
