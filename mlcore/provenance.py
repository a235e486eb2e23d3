"""How a painting was made, as a small XMP packet: the standard's way of keeping a record in a picture file."""

from __future__ import annotations

import html
import json
import math
import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from mlcore.version import easel_version

_NAMESPACE = "urn:easel:provenance:1#"
_FIELDS = {"style": "Style", "style_sha256": "StyleSHA256", "version": "Version", "engine": "Engine"} | {
    "precision": "Precision",
    "options": "Options",
}
_MAX_PACKET = 65_000
_MAX_OPTIONS = 100
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:easel="{namespace}"
{properties}/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


@dataclass(frozen=True)
class Provenance:
    """How a painting was made.

    Attributes:
        style: the style's name.
        style_sha256: of the style file, 64 hexadecimal digits.
        options: name → text, number, yes or no, or nothing.
        engine: what computed it: "torch", "openvino" or "onnxruntime".
        precision: "float32", "float16" or "int8".
        version: Easel's.
    """

    style: str
    style_sha256: str
    options: dict[str, Any] = field(default_factory=dict)
    engine: str = ""
    precision: str = ""
    version: str = field(default_factory=easel_version)


def to_packet(provenance: Provenance) -> bytes:
    """Return the XMP packet: the same bytes for the same record.

    Raises:
        ValueError: an option is neither text, number, yes or no, nor nothing.
    """
    values = {name: str(getattr(provenance, name)) for name in _FIELDS if name != "options"}
    options = _checked_options(provenance.options)
    values["options"] = json.dumps(options, ensure_ascii=False, sort_keys=True, allow_nan=False)
    properties = [("xmp:CreatorTool", f"Easel {provenance.version}")]
    properties += [(f"easel:{tag}", values[name]) for name, tag in _FIELDS.items()]
    written = "\n".join(f'{name}="{html.escape(_printable(value))}"' for name, value in properties)
    return _PACKET.format(namespace=_NAMESPACE, properties=written).encode()


def from_packet(packet: bytes) -> Provenance | None:
    """Return the record of a packet of ours, also after another program rewrote it; ``None`` for any other bytes.

    All of it is text of a stranger's: it is for showing, and holds no control characters.
    """
    if _NAMESPACE.encode() not in packet or len(packet) > _MAX_PACKET:
        return None
    try:
        values = _properties(packet)
        options = _checked_options(json.loads(values.pop("Options", "{}")))
    except (expat.ExpatError, ValueError, RecursionError, LookupError):
        return None
    texts = {name: _printable(values[tag].strip()) for name, tag in _FIELDS.items() if tag in values}
    if not texts.get("style") or not re.fullmatch(r"[0-9a-f]{64}", texts.get("style_sha256", "")):
        return None
    defaults = {"version": "unknown", "engine": "", "precision": ""}
    return Provenance(**(defaults | texts), options=options)


def _properties(packet: bytes) -> dict[str, str]:
    """Return our properties, whether they are attributes or elements."""
    found: dict[str, str] = {}
    current: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def refuse(*_: object) -> None:
        raise ValueError("no XMP packet declares a document type")  # and so no entity can grow

    def start(name: str, attributes: dict[str, str]) -> None:
        current[:] = [name.removeprefix(f"{_NAMESPACE} ")] if name.startswith(f"{_NAMESPACE} ") else []
        for attribute, value in attributes.items():
            if attribute.startswith(f"{_NAMESPACE} "):
                found[attribute.removeprefix(f"{_NAMESPACE} ")] = value

    def text(data: str) -> None:
        for name in current:
            found[name] = found.get(name, "") + data

    def end(_: str) -> None:
        current.clear()

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = start, text, end
    parser.Parse(packet.strip(b" \r\n\t\0"), True)
    return found


def _checked_options(options: object) -> dict[str, Any]:
    if not isinstance(options, dict) or len(options) > _MAX_OPTIONS:
        raise ValueError("the options are not a small table")
    checked: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"the option {name} is no finite number")
        if value is not None and not isinstance(value, (str, int, float)):
            raise ValueError(f"the option {name} is no plain value")
        checked[_printable(str(name))] = _printable(value) if isinstance(value, str) else value
    return checked


def _printable(text: str) -> str:
    """Return the text without what could steer a terminal or hide in a line."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
