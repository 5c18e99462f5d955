"""Damages files at random, each kind where it hurts: names, numbers, tags, headers, bytes."""

import io
import json
import re
import struct
import warnings
import zipfile

TOKENS = [
    *(b"NaN", b"1e999", b"-1", b"0", b"99999999999999999999", b"null", b"[]", b"{}", b'"'),
    *(b"\\ud800", b"\xff", b"\0", b"<!DOCTYPE a>", b"&x;", b"[[[[", b"1.5", b"-1e300", b"true"),
]
NUMBERS = [
    *("NaN", "inf", "-1", "0", "1e308", "-1e308", "1e-320", "2147483648", "-2147483649", "1e9"),
    *(
        "99999999999999999999",
        "",
        "abc",
        "1 2 3",
        "0x10",
        "1_000",
        "30000",
        "65536",
        "0.5",
        "\u0663",
    ),
]
VALUES = [
    *(None, True, [], {}, "", 0, -1, 0.5, 2**31, 2**70, 1e308, float("nan"), float("inf")),
    *("x" * 3000, "\ud800", "a\nb\x1b[31m", "../../evil", "/etc/passwd", "file:///etc/passwd"),
    *(
        "/vsicurl/http://127.0.0.1:9/a.tif",
        "http://127.0.0.1:9/a",
        "s3://b/../k",
        "https://u:p@h/x",
    ),
    *("EPSG:4326", "EPSG:99999", "sar", [[[[]]]], {"type": "Feature"}, [1, 2], [0, 0]),
]
EXTREMES = [0, 1, 2, 255, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1]


def damage_bytes(data, rng):
    """``data`` with one or two pieces changed, doubled, lost or replaced."""
    for _ in range(rng.integers(1, 3)):
        at = int(rng.integers(len(data) + 1))
        to = at + int(rng.integers(1, 40))
        token = TOKENS[rng.integers(len(TOKENS))]
        data = [
            data[:at] + rng.bytes(1) + data[at + 1 :],
            data[:at] + data[to:],
            data[:to] + data[at:],
            data[:at],
            data[:at] + token + data[at:],
            data[:at] + token + data[to:],
        ][rng.integers(6)]
    return data


def damage_xml(data, rng):
    """One element, number or attribute of an XML changed; now and then what is no XML at all."""
    text = data.decode()
    elements = list(re.finditer(r"<([\w:]+)(?:\s[^<>]*)?>([^<]*)</\1>", text))
    numbers = list(re.finditer(r"(?<=[>\s\"])-?\d[\d.e+-]*(?=[<\s\"])", text))
    one = elements[rng.integers(len(elements))]
    digits = numbers[rng.integers(len(numbers))]
    evil = NUMBERS[rng.integers(len(NUMBERS))]
    entity = '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    many = one.group() * int(rng.integers(2, 2000))
    made = [
        lambda: text[: one.start()] + text[one.end() :],
        lambda: text[: one.start()] + many + text[one.end() :],
        lambda: text[: one.start(2)] + evil + text[one.end(2) :],
        lambda: text[: one.start(2)] + "&x;" + text[one.end(2) :],
        lambda: text[: digits.start()] + evil + text[digits.end() :],
        lambda: text[: digits.start()] + evil + text[digits.end() :],
        lambda: text.replace(digits.group(), evil),
        lambda: re.sub(rf"(<{one[1]}[^<>]*>)[^<]*<", rf"\g<1>{evil}<", text),
        lambda: text.replace("?>", "?>" + entity, 1),
        lambda: text[: one.start()] + "<a>" * 70 + "</a>" * 70 + text[one.end() :],
        lambda: text.replace("UTF-8", "UTF-16", 1),
        lambda: text[: int(rng.integers(len(text)))],
    ][rng.integers(12)]()
    data = made.encode()
    return damage_bytes(data, rng) if rng.random() < 0.15 else data


def damage_json(data, rng):
    """One value of a JSON replaced, lost or doubled; now and then its bytes instead."""
    if rng.random() < 0.2:
        return damage_bytes(data, rng)
    value = json.loads(data)
    for _ in range(rng.integers(1, 3)):
        places = list(_places(value))
        holder, key = places[rng.integers(len(places))]
        evil = VALUES[rng.integers(len(VALUES))]
        way = rng.integers(4)
        if way == 0 and isinstance(holder, dict):
            del holder[key]
        elif way == 1 and isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[key] = evil
    return json.dumps(value).encode()


def _places(value):
    """Every (container, key or index) of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in inside:
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def damage_tiff(data, rng):
    """A tag of the first directory of a little-endian TIFF changed, or its bytes."""
    if rng.random() < 0.4:
        return damage_bytes(data, rng)
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    made = bytearray(data)
    at = start + 2 + 12 * int(rng.integers(count))
    evil = EXTREMES[rng.integers(len(EXTREMES))]
    way = rng.integers(6)
    if way == 0:
        struct.pack_into("<H", made, at, int(rng.integers(254, 340)))
    elif way == 1:
        struct.pack_into("<H", made, at + 2, int(rng.integers(0, 20)))
    elif way == 2:
        struct.pack_into("<I", made, at + 4, evil)
    elif way == 3:
        struct.pack_into("<I", made, start + 2 + 12 * count, start)  # a ring of directories
    else:
        struct.pack_into("<I", made, at + 8, evil)
    return bytes(made)


def damage_jp2(data, rng):
    """The sizes in the header of a JPEG 2000 changed, or its bytes, mostly early ones."""
    made = bytearray(data)
    way = rng.integers(4)
    if way == 0:
        size = data.index(b"\xff\x4f\xff\x51") + 8  # Xsiz, Ysiz, XOsiz, YOsiz, XTsiz, ...
        struct.pack_into(">I", made, size + 4 * int(rng.integers(8)), EXTREMES[rng.integers(9)])
    elif way == 1:
        for _ in range(rng.integers(1, 5)):
            made[int(rng.integers(12, min(300, len(made))))] = int(rng.integers(256))
    elif way == 2:
        for _ in range(rng.integers(1, 5)):
            made[int(rng.integers(12, len(made)))] = int(rng.integers(256))
    else:
        return damage_bytes(data, rng)
    return bytes(made)


def pack(members):
    """A zip of (name or ZipInfo, bytes)."""
    data = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members:
                archive.writestr(name, content)
    return data.getvalue()


def damage_zip(data, rng, outside):
    """A zip with members, or bytes of its lists, that it should not have.

    ``outside`` is a folder that a member may aim at by its absolute path.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(one.filename, archive.read(one)) for one in archive.infolist()]
    root = members[0][0].split("/")[0]
    for _ in range(rng.integers(1, 3)):
        members = _with_evil(members, root, rng, outside)
    data = pack(members)
    if rng.random() < 0.3:  # the lists of members stand at the end
        at = data.rindex(b"PK\x05\x06") - int(rng.integers(0, 60 * len(members)))
        at = max(at, 0)
        data = data[:at] + rng.bytes(int(rng.integers(1, 5))) + data[at + 4 :]
    elif rng.random() < 0.2:
        data = damage_bytes(data, rng)
    return data


def _with_evil(members, root, rng, outside):
    plain = [i for i, (name, _) in enumerate(members) if isinstance(name, str)]
    at = plain[rng.integers(len(plain))]
    name, content = members[at]
    other = members[int(rng.integers(len(members)))]
    names = [
        *("../evil", f"{root}/../../evil", f"{outside}/evil", "//evil", "C:\\evil", "~/evil"),
        *(
            f"{root}/a\\..\\..\\evil",
            f"{root}/\x00",
            f"{root}/a\nb",
            f"{root}/\u202etif",
            f"{root}//a",
        ),
        *(name.upper(), name, name + "/", f"{name}/below", f"{root}/{'x' * 600}", f"{root}/\udcff"),
        *("/", ".", "..", f"{root}2.SAFE/manifest.safe", f"{root}/manifest.safe "),
    ]
    evil = names[rng.integers(len(names))].encode("utf-8", "replace").decode()
    link = zipfile.ZipInfo(name if rng.random() < 0.5 else f"{root}/link")
    link.external_attr = [0o120777, 0o010644, 0o060644, 0o140777][rng.integers(4)] << 16
    rare = zipfile.ZipInfo(f"{root}/rare")
    rare.compress_type = [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED][rng.integers(3)]
    rest = members[:at] + members[at + 1 :]
    return [
        lambda: [*members, (evil, content)],
        lambda: [*rest, (evil, content)],
        lambda: [*members, (evil, b"evil")],
        lambda: [*(rest if rng.random() < 0.5 else members), (link, outside.encode())],
        lambda: [*rest, (name, other[1])],
        lambda: rest or members,
        lambda: [*rest, (name, b"")],
        lambda: [*rest, (name, rng.bytes(200))],
        lambda: [*members, (f"{root}/bomb", bytes(17 * 2**20))],
        lambda: [*members, *((f"{root}/{i}", b"") for i in range(4100))],
        lambda: [*members, (rare, content)],
        lambda: [
            (one.replace(root, evil or "x", 1) if isinstance(one, str) else one, two)
            for one, two in members
        ],
    ][rng.integers(12)]()
