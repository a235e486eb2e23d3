"""Files that no library here writes, put together byte by byte."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

from PIL import ImageCms

P3_PRIMARIES = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""Red, green and blue of Display P3 as XYZ under D50, as its ICC profile states them."""
SHORT, LONG, RATIONAL, ASCII, UNDEFINED = 3, 4, 5, 2, 7


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes, transparent: bytes = b"") -> bytes:
    """Return a PNG; ``rows`` holds a filter byte before each row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    key = chunk(b"tRNS", transparent) if transparent else b""
    return b"\x89PNG\r\n\x1a\n" + header + key + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def directory(entries: dict[int, tuple[int, bytes]], start: int, following: int = 0) -> bytes:
    """Return a little-endian TIFF directory at ``start``, its values behind it; entries are tag → (type, value)."""
    sizes = {1: 1, ASCII: 1, SHORT: 2, LONG: 4, RATIONAL: 8, UNDEFINED: 1, 11: 4}
    head, values = struct.pack("<H", len(entries)), b""
    for tag, (kind, value) in sorted(entries.items()):
        head += struct.pack("<HHI", tag, kind, len(value) // sizes[kind])
        if len(value) <= 4:
            head += value.ljust(4, b"\0")
        else:
            head += struct.pack("<I", start + 2 + 12 * len(entries) + 4 + len(values))
            values += value
    return head + struct.pack("<I", following) + values


def exif(
    main: dict[int, tuple[int, bytes]],
    camera: dict[int, tuple[int, bytes]] | None = None,
    gps: dict[int, tuple[int, bytes]] | None = None,
    thumbnail: dict[int, tuple[int, bytes]] | None = None,
) -> bytes:
    """Return an EXIF block with its directories one after the other."""
    main = dict(main)
    parts = [(0x8769, camera), (0x8825, gps)]
    main |= {tag: (LONG, bytes(4)) for tag, part in parts if part is not None}
    end = 8 + len(directory(main, 8))
    behind = b""
    for tag, part in parts:
        if part is not None:
            main[tag] = (LONG, struct.pack("<I", end + len(behind)))
            behind += directory(part, end + len(behind))
    following = end + len(behind) if thumbnail is not None else 0
    if thumbnail is not None:
        behind += directory(thumbnail, following)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + directory(main, 8, following) + behind


def tiff(
    width: int,
    height: int,
    data: bytes,
    *,
    bits: int,
    photometric: int = 1,
    samples: int = 1,
    **more: int,
) -> bytes:
    """Return an uncompressed little-endian TIFF of one strip; ``more`` are tags of one number, named tag_NNN."""

    def number(value: int) -> tuple[int, bytes]:
        return LONG, struct.pack("<I", value)

    entries = {
        256: number(width),
        257: number(height),
        258: (SHORT, struct.pack("<H", bits) * samples),
        259: (SHORT, struct.pack("<H", 1)),
        262: (SHORT, struct.pack("<H", photometric)),
        273: number(0),
        277: (SHORT, struct.pack("<H", samples)),
        278: number(height),
        279: number(len(data)),
    } | {int(name.removeprefix("tag_")): (SHORT, struct.pack("<H", value)) for name, value in more.items()}
    entries[273] = number(8 + len(directory(entries, 8)))
    return b"II*\0" + struct.pack("<I", 8) + directory(entries, 8) + data


def _fixed(numbers: Sequence[float]) -> bytes:
    return struct.pack(f">{len(numbers)}i", *[round(number * 65536) for number in numbers])


def rgb_profile(primaries: Sequence[Sequence[float]]) -> bytes:
    """Return littleCMS's own sRGB profile with other primaries (XYZ under D50 of red, green and blue)."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", profile[128:132])
    for place in range(132, 132 + 12 * count, 12):
        name, offset, _ = struct.unpack(">4sII", profile[place : place + 12])
        if name in (b"rXYZ", b"gXYZ", b"bXYZ"):
            profile[offset + 8 : offset + 20] = _fixed(primaries[b"rgb".index(name[:1])])
    return bytes(profile)


def _profile(device: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, values = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, 128 + 4 + 12 * len(tags) + len(values), len(value))
        values += value + bytes(-len(value) % 4)
    head = struct.pack(">I4sI4s4s4s", 128 + len(table + values), b"\0" * 4, 0x02100000, device, space, connection)
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed((0.9642, 1.0, 0.8249))
    return head.ljust(128, b"\0") + table + values


def linear_grey_profile() -> bytes:
    """Return a profile of grey whose levels are proportional to light."""
    white = b"XYZ " + bytes(4) + _fixed((0.9642, 1.0, 0.8249))
    return _profile(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": white, b"kTRC": b"curv" + bytes(8)})


def red_for_black_profile() -> bytes:
    """Return a profile of a press whose black ink is red, and whose four inks together are black."""
    identity = bytes(range(256))
    paper, ink = bytes((255, 128, 128)), bytes((136, 209, 195))  # Lab: white, and about sRGB's red
    # Black is the input that changes fastest. Without a true black, black points would be compensated for.
    table = b"".join(ink if corner & 1 else paper for corner in range(15)) + bytes((0, 128, 128))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0)) + _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1)) + identity * 4 + table
    white = b"XYZ " + bytes(4) + _fixed((0.9642, 1.0, 0.8249))
    return _profile(b"prtr", b"CMYK", b"Lab ", {b"wtpt": white, b"A2B0": lut + identity * 3})
