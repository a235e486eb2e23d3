"""Damaging files: bytes anywhere, and what a format's own structure says of lengths, sizes and kinds.

Every function takes the file and a seeded source of chance, so that a number makes the same file again.
"""

from __future__ import annotations

import json
import random
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence

Mutation = Callable[[bytearray, random.Random], bytearray]
NUMBERS = (0, 1, 2, 3, 7, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Where readers stumble: nothing, signs, overflows, sizes nobody has memory for."""
HEADER_BYTES = 600
_BOXES = re.compile(rb"ispe|iloc|iinf|infe|ipma|ipco|pixi|colr|hvcC|av1C|mdat|meta|ftyp|irot|iref|pitm|hdlr|idat|grid")


def flip_bits(data: bytearray, draw: random.Random) -> bytearray:
    for _ in range(draw.choice((1, 2, 8, 64))):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return data


def flip_early_bits(data: bytearray, draw: random.Random) -> bytearray:
    for _ in range(draw.choice((1, 2, 5))):
        data[draw.randrange(min(len(data), HEADER_BYTES))] ^= 1 << draw.randrange(8)
    return data


def write_number(data: bytearray, draw: random.Random) -> bytearray:
    """Put a number that stands for trouble anywhere in the header."""
    size, order = draw.choice((1, 2, 4, 8)), draw.choice(("little", "big"))
    place = draw.randrange(max(1, min(len(data), HEADER_BYTES) - size))
    data[place : place + size] = (draw.choice(NUMBERS) % 2 ** (8 * size)).to_bytes(size, order)
    return data


def truncate(data: bytearray, draw: random.Random) -> bytearray:
    return data[: draw.randrange(1, len(data))]


def repeat_a_part(data: bytearray, draw: random.Random) -> bytearray:
    start = draw.randrange(len(data))
    end = min(len(data), start + draw.choice((1, 4, 100, 5000)))
    return data[:end] + data[start:end] * draw.choice((1, 2, 20)) + data[end:]


def lose_a_part(data: bytearray, draw: random.Random) -> bytearray:
    start = draw.randrange(len(data))
    return data[:start] + data[start + draw.choice((1, 2, 4, 100, 5000)) :]


def fill_a_part(data: bytearray, draw: random.Random) -> bytearray:
    start = draw.randrange(len(data))
    end = min(len(data), start + draw.choice((4, 16, 300)))
    data[start:end] = draw.choice((b"\0", b"\xff", draw.randbytes(1))) * (end - start)
    return data


def append_junk(data: bytearray, draw: random.Random) -> bytearray:
    return data + draw.choice((draw.randbytes(2000), b"\0" * 200_000, b"<script>alert(1)</script>" * 50))


def damage_metadata(data: bytearray, draw: random.Random) -> bytearray:
    """Write noise into EXIF or a colour profile, where there is one."""
    places = [match.start() for match in re.finditer(rb"Exif\0|acsp|ICC_PROFILE|II\*\0|MM\0\*|http://ns", data)]
    if not places:
        return write_number(data, draw)
    start = draw.choice(places)
    for _ in range(draw.choice((1, 4, 16))):
        place = min(len(data) - 1, max(0, start + draw.randrange(-20, 160)))
        data[place] = draw.choice((0, 0xFF, draw.randrange(256)))
    return data


def damage_png_chunk(data: bytearray, draw: random.Random) -> bytearray:
    """Change a chunk and make its checksum right again, so that it is believed."""
    chunks, place = [], 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunks.append((place, length))
        place += 12 + length
    if not chunks:
        return data
    place, length = draw.choice(chunks[:3] + chunks)
    content = bytearray(data[place + 8 : place + 8 + length])
    kind = bytes(data[place + 4 : place + 8])
    if content and draw.random() < 0.7:
        content = draw.choice((flip_early_bits, write_number, truncate))(content, draw)
    else:
        kind = draw.choice((b"IDAT", b"IEND", b"iCCP", b"eXIf", b"acTL", b"fdAT", b"tRNS", b"PLTE", b"zTXt", b"iTXt"))
    told = draw.choice((len(content), len(content), len(content), draw.choice(NUMBERS)))
    checked = struct.pack(">I", zlib.crc32(kind + content))
    return data[:place] + struct.pack(">I", told) + kind + content + checked + data[place + 12 + length :]


def damage_jpeg_segment(data: bytearray, draw: random.Random) -> bytearray:
    """Change a marker, the length of its segment, or what stands first in it, such as width and height."""
    markers = [place for place in range(len(data) - 9) if data[place] == 0xFF and data[place + 1] not in (0, 0xFF)]
    place = draw.choice(markers[:20] + [place for place in markers if 0xC0 <= data[place + 1] <= 0xCF])
    what = draw.random()
    if what < 0.2:
        data[place + 1] = draw.choice((0xC0, 0xC1, 0xC2, 0xC3, 0xC9, 0xD9, 0xDA, 0xDD, 0xE1, 0xE2, 0xFE, 0xD0))
    elif what < 0.5:
        data[place + 2 : place + 4] = (draw.choice(NUMBERS) & 0xFFFF).to_bytes(2, "big")
    else:
        data[place + draw.randrange(4, 9)] = draw.choice((0, 1, 0x11, 0x22, 0x44, 0xFF, draw.randrange(256)))
    return data


def damage_box(data: bytearray, draw: random.Random) -> bytearray:
    """Change a box of HEIC and AVIF: its length, its name, or the numbers in it."""
    boxes = [match.start() for match in _BOXES.finditer(data)]
    place = draw.choice(boxes) if boxes else 4
    what = draw.random()
    if what < 0.3:
        data[place - 4 : place] = struct.pack(">I", draw.choice(NUMBERS))
    elif what < 0.4:
        data[place : place + 4] = data[(other := draw.choice(boxes or [4])) : other + 4]
    else:
        start = min(len(data) - 4, place + draw.choice((4, 8, 12, 16, 20)))
        data[start : start + 4] = struct.pack(">I", draw.choice((*NUMBERS, draw.randrange(60_000))))
    return data


def damage_riff_chunk(data: bytearray, draw: random.Random) -> bytearray:
    """Change a chunk of WebP: its length, its name, or the size of the canvas."""
    places = [match.start() for match in re.finditer(rb"RIFF|VP8[ LX]|ALPH|ANIM|ANMF|EXIF|ICCP", data)]
    place = draw.choice(places or [0])
    if draw.random() < 0.4:
        data[place + 4 : place + 8] = struct.pack("<I", draw.choice(NUMBERS))
    else:
        start = min(len(data) - 3, place + 8 + draw.randrange(16))
        data[start : start + 3] = draw.choice((b"\0\0\0", b"\xff\xff\xff", draw.randbytes(3)))
    return data


def damage_tiff_entry(data: bytearray, draw: random.Random) -> bytearray:
    """Change an entry of the first directory: tag, type, count or value."""
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack(f"{order}I", data[4:8])
    if start + 2 > len(data):
        return data
    (count,) = struct.unpack(f"{order}H", data[start : start + 2])
    place = start + 2 + 12 * draw.randrange(max(1, count))
    offset, size = draw.choice(((0, 2), (2, 2), (4, 4), (8, 4), (8, 4), (8, 2)))
    number = draw.choice((*NUMBERS, draw.randrange(60_000))) % 2 ** (8 * size)
    data[place + offset : place + offset + size] = number.to_bytes(size, "little" if order == "<" else "big")
    return data


def damage_gif_block(data: bytearray, draw: random.Random) -> bytearray:
    """Change the sizes of screen and frame, the width of codes, or the length of a block."""
    frames = [place for place in range(13, len(data) - 10) if data[place] in (0x2C, 0x21)][:40]
    place = draw.choice([6, 8, 10, *(frame + draw.randrange(1, 11) for frame in frames)])
    data[min(place, len(data) - 1)] = draw.choice((0, 1, 2, 12, 13, 0xFF, draw.randrange(256)))
    return data


def damage_safetensors_header(data: bytearray, draw: random.Random) -> bytearray:
    """Let the header of a style file lie: of offsets, shapes, types, or its own length."""
    end = 8 + int.from_bytes(data[:8], "little")
    try:
        header = json.loads(data[8:end])
        name = draw.choice(sorted(set(header) - {"__metadata__"}))
        wrong: list[object] = [
            -1,
            0,
            2**31,
            2**63,
            1.5,
            None,
            [],
            {},
            "F64",
            "I8",
            [2**40, 2**40],
            [0, len(data)],
            "x" * 50_000,
        ]
        target = draw.choice((header[name], header[name], header, header.setdefault("__metadata__", {})))
        target[draw.choice(sorted(target))] = draw.choice(wrong)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return write_number(data, draw)
    text = json.dumps(header).encode()
    told = draw.choice((len(text), len(text), len(text), draw.choice(NUMBERS)))
    return bytearray(told.to_bytes(8, "little")) + text + data[end:]


def damage_pickle(data: bytearray, draw: random.Random) -> bytearray:
    """Change the pickle in a checkpoint: its opcodes, and the names that it asks for."""
    start = max(0, data.find(b"data.pkl"))
    names = [
        match.start()
        for match in re.finditer(rb"torch|collections|_rebuild|conv|weight|Float", data[start : start + 40_000])
    ]
    place = start + (
        draw.choice(names) if names and draw.random() < 0.5 else draw.randrange(min(40_000, len(data) - start))
    )
    opcodes = (
        b"cposix\nsystem\n(S'true'\ntR.",
        b"(I99999999\n",
        b"\x8c\xff",
        b"R",
        b"b",
        b".",
        b"0" * 50,
        b"2" * 300,
        b"\x80\x05",
    )
    new = draw.choice(opcodes)
    data[place : place + len(new)] = new
    return data


ANYWHERE: tuple[Mutation, ...] = (
    *(flip_bits, flip_early_bits, write_number, truncate, repeat_a_part, lose_a_part, fill_a_part),
    *(append_junk, damage_metadata),
)
BY_KIND: dict[str, Mutation] = {
    "JPEG": damage_jpeg_segment,
    "PNG": damage_png_chunk,
    "WEBP": damage_riff_chunk,
    "AVIF": damage_box,
    "HEIF": damage_box,
    "TIFF": damage_tiff_entry,
    "GIF": damage_gif_block,
    "safetensors": damage_safetensors_header,
    "pth": damage_pickle,
}


def damaged(kinds: Sequence[str], originals: Mapping[str, list[bytes]], seed: str, number: int) -> bytes:
    """Return a file: of the kinds in turn, one of its originals damaged up to thrice, or grown together with another.

    The same seed and number give the same file.
    """
    kind = kinds[number % len(kinds)]
    draw = random.Random(f"{seed} {number}")
    data = bytearray(draw.choice(originals[kind]))
    if draw.random() < 0.08:
        other = draw.choice(originals[draw.choice(kinds)])
        return bytes(data[: draw.randrange(len(data))] + other[draw.randrange(len(other)) :])
    for _ in range(draw.choice((1, 1, 2, 3))):
        data = draw.choice((BY_KIND[kind], BY_KIND[kind], *ANYWHERE) if draw.random() < 0.7 else ANYWHERE)(data, draw)
        if len(data) < 2:
            break
    return bytes(data or b"\0")
