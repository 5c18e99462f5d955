"""The door for SAFE products, folder or zip: their names are checked before anything is read."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.parsers import expat

from crosslook.errors import InputError
from crosslook.scenes.archives import check_members, check_names, open_zip, quoted

MANIFEST = "manifest.safe"
XML_BYTES = 16 * 2**20
XML_DEPTH = 64
XML_ELEMENTS = 200_000  # of a product; real ones have up to some 20 000
CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class Safe:
    """A SAFE product whose list of files has been checked; holds nothing open."""

    path: Path  # absolute, of the folder or zip
    name: str  # the product id: the name of the .SAFE folder without its suffix
    _sizes: Mapping[str, int] = field(repr=False)  # bytes by name
    _root: str | None = field(repr=False)  # in the zip, "X.SAFE/" or ""; None: a folder

    def files(self) -> tuple[str, ...]:
        """The names of all files, posix paths below the .SAFE folder, sorted."""
        return tuple(sorted(self._sizes))

    def size(self, name: str) -> int:
        """The bytes of a file, unpacked, as the list of files says.

        Raises:
            InputError: if there is no such file.
        """
        self._require(name)
        return self._sizes[name]

    def bytes(self, name: str, at_most: int = XML_BYTES) -> bytes:
        """The content of a file.

        Raises:
            InputError: if there is no such file, it is longer than ``at_most`` bytes, or damaged.
        """
        self._require(name)
        if self._sizes[name] > at_most:
            raise self._too_long(name, at_most)
        try:
            parts, left = [], at_most
            for part in _parts(self, name):
                left -= len(part)
                if left < 0:
                    raise self._too_long(name, at_most)
                parts.append(part)
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(
                f"{self.path}: {quoted(name)} cannot be read ({' '.join(str(error).split())}): "
                "fetch the product again."
            ) from None
        return b"".join(parts)

    def xml(self, name: str) -> Element:
        """The root element of an XML file.

        Raises:
            InputError: if it is missing, over 16 MiB, no XML, or has a document type (and with it
                entities), which Sentinel products never have.
        """
        data = self.bytes(name)
        try:
            return parse_xml(data, XML_ELEMENTS)
        except (ParseError, expat.ExpatError, LookupError, ValueError) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{self.path}: {quoted(name)} is refused: {reason}.") from None

    def gdal_path(self, name: str) -> str:
        """What GDAL opens: a plain path, or one into the zip.

        Raises:
            InputError: if there is no such file.
        """
        self._require(name)
        if self._root is None:
            return str(self.path / name)
        return f"/vsizip/{{{self.path}}}/{self._root}{name}"

    def _require(self, name: str) -> None:
        if name not in self._sizes:
            raise InputError(f"{self.path}: {quoted(name)} is missing from the product.")

    def _too_long(self, name: str, at_most: int) -> InputError:
        return InputError(
            f"{self.path}: {quoted(name)} is longer than {at_most} bytes, which no such file of a "
            "Sentinel product is."
        )


def open_safe(path: Path) -> Safe:
    """Check a SAFE folder or zip and list its files; reads no file of it.

    A zip is never unpacked. It may hold the .SAFE folder, or what is in it.

    Raises:
        InputError: one line, if it is neither, is damaged, lacks manifest.safe, or has names, links
            or sizes that no Sentinel product has.
    """
    if path.is_dir():
        sizes = dict(_walk(path))
        check_names(path, sizes)
        return _with_manifest(Safe(path.resolve(), _product(path.resolve().name), sizes, None))
    if not path.is_file():
        raise InputError(f"{path} is missing.")
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path} is neither a SAFE folder nor a zip of one.")
    if set("{}") & set(str(path.resolve())):
        raise InputError(f"{path}: a zip cannot be read from a path with braces; move it.")
    with open_zip(path) as archive:
        members = check_members(path, archive)
    root = _root(path, members)
    sizes = {name[len(root) :]: size for name, size in members.items() if name.startswith(root)}
    name = _product(root.rstrip("/") or path.name)
    return _with_manifest(Safe(path.resolve(), name, sizes, root))


def _walk(folder: Path) -> Iterator[tuple[str, int]]:
    """Names and sizes of the files below ``folder``; follows no link."""
    for here, folders, files in os.walk(folder, onerror=_refuse_folder):
        for name in (*folders, *files):
            path = Path(here, name)
            mode = path.lstat().st_mode
            relative = path.relative_to(folder).as_posix()
            if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                kind = "a link" if stat.S_ISLNK(mode) else "no plain file"
                raise InputError(f"{folder}: {quoted(relative)} is {kind}, so it is not read.")
            if stat.S_ISREG(mode):
                yield relative, path.lstat().st_size


def _parts(safe: Safe, name: str) -> Iterator[bytes]:
    if safe._root is None:
        opened = os.open(safe.path / name, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(opened, "rb") as file:
            while part := file.read(CHUNK_BYTES):
                yield part
    else:
        with open_zip(safe.path) as archive, archive.open(safe._root + name) as member:
            while part := member.read(CHUNK_BYTES):
                yield part


def _refuse_folder(error: OSError) -> None:
    raise InputError(f"{error.filename}: this folder cannot be read ({error.strerror}).")


def _root(path: Path, members: Mapping[str, int]) -> str:
    if MANIFEST in members:
        return ""
    roots = sorted({name.split("/")[0] for name in members if "/" in name})
    products = [root for root in roots if root.upper().endswith(".SAFE")]
    if len(products) != 1:
        raise InputError(
            f"{path} holds {len(products) or 'no'} .SAFE folder{'s' * (len(products) > 1)}, "
            "expected one: a zip is one product."
        )
    return products[0] + "/"


def _product(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return stem if suffix.upper() in ("SAFE", "ZIP") else name


def _with_manifest(safe: Safe) -> Safe:
    if MANIFEST not in safe._sizes:
        raise InputError(f"{safe.path} is no SAFE product: {MANIFEST} is missing from it.")
    return safe


def parse_xml(data: bytes, most_elements: int) -> Element:
    """The root element of an XML text of at most ``XML_BYTES``, which the caller has checked.

    Raises:
        ParseError, ExpatError, LookupError, ValueError: if it is no XML, has a document type (and
            with it entities), or elements nested too deep or too many.
    """
    _check_xml(data, most_elements)
    return fromstring(data)


def _check_xml(data: bytes, most_elements: int) -> None:
    """Raise ValueError on a document type, absurd depth or absurd number of elements."""
    depth = elements = 0

    def begin(*_: object) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if depth > XML_DEPTH or elements > most_elements:
            raise ValueError("its elements are nested too deep or too many")

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise ValueError("it has a document type or entities")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.Parse(data, True)
