"""Zips from anyone: what their list of members must be like before one is read."""

import io
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath

from crosslook.errors import InputError

FILES = 4096  # a Sentinel product has some 30 (S1) to some 200 (S2)
NAME_CHARACTERS = 512
UNPACKED_BYTES = 32 * 2**30
RATIO = 200  # unpacked : packed; XML reaches 30, pixels 3
SMALL_BYTES = 16 * 2**20  # below it no ratio does harm
LIST_BYTES = 4 * 2**20  # of the zip's own list of members
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _Bounded(io.FileIO):
    """A file that is never read in one gulp, so that a zip's list cannot be of any length."""

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = LIST_BYTES + 1 if size is None or size < 0 else size
        data = super().read(min(wanted, LIST_BYTES + 1)) or b""
        if len(data) > LIST_BYTES:
            raise zipfile.BadZipFile(f"its list of members exceeds {LIST_BYTES} bytes")
        return data


@contextmanager
def open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip for reading.

    Raises:
        InputError: if it is no zip, is damaged, or has too long a list of members.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_Bounded(path))
            archive = stack.enter_context(zipfile.ZipFile(file))
        except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{path} is not a readable zip ({reason}): fetch it again.") from None
        yield archive


def check_members(path: Path, archive: zipfile.ZipFile) -> dict[str, int]:
    """The files of a zip with their unpacked sizes in bytes.

    Raises:
        InputError: one line, at the first member that a Sentinel product cannot have.
    """
    members = archive.infolist()
    _check_count(path, len(members))
    check_names(path, [member.filename.removesuffix("/") for member in members])
    for member in members:
        if problem := _member_problem(member):
            raise InputError(f"{path}: {quoted(member.filename)} {problem}; refused.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED_BYTES:
        raise InputError(f"{path} would unpack to {unpacked} bytes; refused.")
    packed = sum(member.compress_size for member in members)
    if packed > path.stat().st_size:
        raise InputError(f"{path}: its members overlap; refused.")
    if unpacked > max(SMALL_BYTES, RATIO * packed):
        raise InputError(f"{path} would unpack {packed} bytes to {unpacked}; refused.")
    files = {member.filename: member.file_size for member in members if not member.is_dir()}
    for name in files:
        if above := files.keys() & {str(parent) for parent in PurePosixPath(name).parents}:
            raise InputError(f"{path}: {quoted(above.pop())} is a file and a folder; refused.")
    return files


def check_names(path: Path, names: Iterable[str]) -> None:
    """Check the names of an archive's or folder's members, posix paths without a last slash.

    Raises:
        InputError: one line, if there are too many; if one leaves the folder, or could not be a
            file on every system; if two are the same, or differ only in case.
    """
    seen: dict[str, str] = {}
    used: set[str] = set()
    for count, name in enumerate(names, 1):
        _check_count(path, count)
        if problem := _name_problem(name):
            raise InputError(f"{path}: {quoted(name)} {problem}; refused.")
        if name in used:
            raise InputError(f"{path}: {quoted(name)} stands twice; refused.")
        used.add(name)
        parts = PurePosixPath(name).parts
        for end in range(1, len(parts) + 1):
            part = "/".join(parts[:end])
            first = seen.setdefault(unicodedata.normalize("NFC", part).casefold(), part)
            if first != part:
                raise InputError(
                    f"{path}: {quoted(first)} and {quoted(part)} are one file where case does not "
                    "count; refused."
                )


def quoted(name: str) -> str:
    """A name from outside, fit for one line of a message."""
    return repr(name if len(name) <= 120 else name[:120] + "...")


def _check_count(path: Path, count: int) -> None:
    if count > FILES:
        raise InputError(f"{path} has more than {FILES} members; refused.")


def _name_problem(name: str) -> str | None:
    parts = name.split("/")
    if len(name) > NAME_CHARACTERS:
        return f"is longer than {NAME_CHARACTERS} characters"
    if name.startswith("/") or "\\" in name or ":" in name:
        return "is an absolute path or no posix path"
    if ".." in parts:
        return "leaves the folder"
    if "" in parts or "." in parts:
        return "has an empty part"
    if not name.isprintable():
        return "has characters that cannot be printed"
    return None


def _member_problem(member: zipfile.ZipInfo) -> str | None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is no plain file"
    if member.flag_bits & 0x1:
        return "is encrypted"
    if member.compress_type not in METHODS:
        return f"is packed by method {member.compress_type}, expected stored or deflate"
    if member.is_dir() and member.file_size:
        return "is a folder with content"
    if member.file_size > max(SMALL_BYTES, RATIO * member.compress_size):
        return f"would unpack {member.compress_size} bytes to {member.file_size}"
    return None
