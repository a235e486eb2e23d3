"""EXIF that goes from a photo to its painting: what describes it is kept byte for byte, what tells its place is not."""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import IO

_MAIN_TAGS = frozenset(
    {
        0x010E,  # ImageDescription
        0x010F,  # Make
        0x0110,  # Model
        0x011A,  # XResolution
        0x011B,  # YResolution
        0x0128,  # ResolutionUnit
        0x0131,  # Software
        0x0132,  # DateTime
        0x013B,  # Artist
        0x013C,  # HostComputer
        0x4746,  # Rating
        0x4749,  # RatingPercent
        0x8298,  # Copyright
        *range(0x9C9B, 0x9CA0),  # title, comment, author, keywords and subject, as Windows writes them
    }
)
_SOFTWARE, _CAMERA_POINTER, _COLOR_SPACE = 0x0131, 0x8769, 0xA001
_CAMERA_TAGS = frozenset(
    {
        0x829A,  # ExposureTime
        0x829D,  # FNumber
        0x8822,  # ExposureProgram
        0x8827,  # ISO
        *range(0x8830, 0x8836),  # sensitivities
        0x9000,  # ExifVersion
        *range(0x9003, 0x9005),  # DateTimeOriginal, DateTimeDigitized
        *range(0x9010, 0x9013),  # their time zones
        *range(0x9201, 0x920B),  # shutter, aperture, brightness, bias, distance, metering, light, flash, focal length
        0x9214,  # SubjectArea
        0x9286,  # UserComment
        *range(0x9290, 0x9293),  # fractions of seconds
        *range(0x9400, 0x9406),  # temperature, humidity, pressure and the like
        0xA000,  # FlashpixVersion
        _COLOR_SPACE,
        *range(0xA20E, 0xA211),  # focal plane resolution
        0xA215,  # ExposureIndex
        0xA217,  # SensingMethod
        *range(0xA300, 0xA302),  # FileSource, SceneType
        *range(0xA401, 0xA40D),  # rendering, white balance, zoom, contrast, saturation, sharpness …
        0xA420,  # ImageUniqueID
        *range(0xA430, 0xA43C),  # owner, serial numbers, lens, and the title and people of EXIF 3.0
        0xA500,  # Gamma
    }
)
"""Not in it: the place, maker notes (which may hold it), thumbnail, and what describes the file itself."""
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 129: 1}
_ASCII, _SHORT, _LONG = 2, 3, 4
_MAX_ENTRIES = 1000
_MAX_BYTES = 60_000
"""A JPEG segment holds 65,533, and other programs want some room."""

_Directory = dict[int, tuple[int, bytes]]


@dataclass
class _Exif:
    """Two directories of tag → (type, value as it is stored), in one byte order (of struct's)."""

    order: str
    main: _Directory = field(default_factory=dict)
    camera: _Directory = field(default_factory=dict)


def kept_exif(block: bytes | IO[bytes], *, software: str = "") -> bytes:
    """Return the EXIF to keep of a stored block, or of a TIFF file: description, camera, dates, author, copyright.

    Place, maker notes, thumbnail, orientation and what else describes the old file are left out. Entries that are
    damaged are left out too; the longest go first where all together are more than a JPEG can hold.

    Args:
        block: as a file stores it, with or without "Exif" before it.
        software: names the program that made the picture, ASCII; it takes the place of the one recorded.

    Returns:
        A block that starts with ``b"Exif\\0\\0"``, or ``b""`` if nothing is left.
    """
    if isinstance(block, bytes):
        while block.startswith(b"Exif\0\0"):
            block = block[6:]
        block = io.BytesIO(block)
    try:
        exif = _read(block)
    except (struct.error, OSError, ValueError, OverflowError):
        exif = _Exif("<")
    if _COLOR_SPACE in exif.camera:
        exif.camera[_COLOR_SPACE] = (_SHORT, struct.pack(exif.order + "H", 1))  # sRGB, to which photos are converted
    if software:
        exif.main[_SOFTWARE] = (_ASCII, software.encode("ascii", "replace") + b"\0")
    written = _write(exif)
    while len(written) > _MAX_BYTES:
        _drop_longest(exif)
        written = _write(exif)
    return written


def _read(file: IO[bytes]) -> _Exif:
    file.seek(0)
    start = file.read(8)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(start[:4])
    if order is None:
        return _Exif("<")
    main = _read_directory(file, order, struct.unpack(order + "I", start[4:])[0], _MAIN_TAGS | {_CAMERA_POINTER})
    kind, pointer = main.pop(_CAMERA_POINTER, (0, b""))
    exif = _Exif(order, main)
    if kind in (_LONG, 13) and len(pointer) == 4:
        exif.camera = _read_directory(file, order, struct.unpack(order + "I", pointer)[0], _CAMERA_TAGS)
    return exif


def _read_directory(file: IO[bytes], order: str, offset: int, wanted: frozenset[int]) -> _Directory:
    file.seek(offset)
    count = file.read(2)
    if len(count) < 2:
        return {}
    entries = file.read(12 * min(struct.unpack(order + "H", count)[0], _MAX_ENTRIES))
    directory: _Directory = {}
    for tag, kind, number, value in struct.iter_unpack(order + "HHI4s", entries[: len(entries) // 12 * 12]):
        size = number * _SIZES.get(kind, 4 if kind == 13 else 0)
        if tag not in wanted or not 0 < size <= _MAX_BYTES:
            continue
        if size > 4:
            file.seek(struct.unpack(order + "I", value)[0])
            value = file.read(size)
        if len(value[:size]) == size:
            directory.setdefault(tag, (kind, value[:size]))
    return directory


def _drop_longest(exif: _Exif) -> None:
    sizes = [(len(entry[1]), tag, part) for part in (exif.main, exif.camera) for tag, entry in part.items()]
    _, tag, part = max(sizes, key=lambda one: one[:2])
    del part[tag]


def _write(exif: _Exif) -> bytes:
    main = dict(exif.main)
    if not main and not exif.camera:
        return b""
    head = (b"II*\0" if exif.order == "<" else b"MM\0*") + struct.pack(exif.order + "I", 8)
    if exif.camera:
        main[_CAMERA_POINTER] = (_LONG, bytes(4))
        end = 8 + len(_write_directory(main, exif.order, 8))
        main[_CAMERA_POINTER] = (_LONG, struct.pack(exif.order + "I", end))
    written = head + _write_directory(main, exif.order, 8)
    if exif.camera:
        written += _write_directory(exif.camera, exif.order, len(written))
    return b"Exif\0\0" + written


def _write_directory(directory: _Directory, order: str, start: int) -> bytes:
    entries, values = b"", b""
    first = start + 2 + 12 * len(directory) + 4
    for tag, (kind, value) in sorted(directory.items()):
        entries += struct.pack(order + "HHI", tag, kind, len(value) // _SIZES[kind])
        if len(value) <= 4:
            entries += value.ljust(4, b"\0")
        else:
            entries += struct.pack(order + "I", first + len(values))
            values += value + bytes(len(value) % 2)  # values start at even places
    return struct.pack(order + "H", len(directory)) + entries + bytes(4) + values
