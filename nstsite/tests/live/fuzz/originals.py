"""Good files that damaged ones are made of: several of each kind, for each takes another way through its decoder."""

from __future__ import annotations

import io
from pathlib import Path

PHOTO_KINDS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF")
CHECKPOINT_KINDS = ("safetensors", "pth")


def write_originals(folder: Path) -> None:
    """Write them, each as KIND-NUMBER; the same every time."""
    for kind, contents in {**_photos(), **_checkpoints()}.items():
        for number, content in enumerate(contents):
            (folder / f"{kind}-{number}").write_bytes(content)


def read_originals(folder: Path) -> dict[str, list[bytes]]:
    """Return the files of :func:`write_originals` by their kinds."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(folder.iterdir()):
        found.setdefault(path.name.split("-")[0], []).append(path.read_bytes())
    return found


def _photos() -> dict[str, list[bytes]]:
    from PIL import Image

    from mlcore.tests.handmade_files import red_for_black_profile
    from stylizer.tests.pictures import ORIENTATION, encoded, photo

    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "Maker"
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 12.34)}
    with_all = {"exif": exif.tobytes(), "icc_profile": red_for_black_profile()}
    plain, wide = photo(120, 90), photo(300, 200)
    clear = plain.copy()
    clear.putalpha(plain.getchannel("G"))
    grey, indexed, deep = plain.convert("L"), plain.quantize(64), plain.convert("L").convert("I;16")
    frames = {"save_all": True, "append_images": [photo(120, 90).rotate(90), photo(120, 90)], "duration": 50}
    return {
        "JPEG": [
            encoded(plain, **with_all),
            encoded(wide, progressive=True, subsampling=0),
            encoded(grey, optimize=True),
            encoded(plain.convert("CMYK")),
            encoded(plain, restart_marker_rows=1),
        ],
        "PNG": [encoded(plain, "PNG", **with_all), *(encoded(image, "PNG") for image in (clear, indexed, deep, grey))],
        "WEBP": [
            encoded(clear, "WEBP", **with_all),
            encoded(plain, "WEBP", lossless=True),
            encoded(plain, "WEBP", **frames),
        ],
        "AVIF": [
            encoded(plain, "AVIF", **with_all),
            encoded(clear, "AVIF", speed=10),
            encoded(plain, "AVIF", **frames),
        ],
        "HEIF": [encoded(plain, "HEIF", **with_all), encoded(clear, "HEIF"), encoded(wide, "HEIF", quality=20)],
        "TIFF": [
            encoded(plain, "TIFF", **with_all),
            *(
                encoded(plain, "TIFF", compression=name)
                for name in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")
            ),
            encoded(deep, "TIFF"),
            encoded(plain.convert("1"), "TIFF", compression="group4"),
        ],
        "GIF": [encoded(indexed, "GIF"), encoded(plain, "GIF", **frames), encoded(clear, "GIF", interlace=1)],
    }


def _checkpoints() -> dict[str, list[bytes]]:
    import tempfile

    import torch

    from mlcore.checkpoint import save_style_file
    from mlcore.style_metadata import StyleMetadata
    from mlcore.transformer_network import TransformerNetwork

    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = TransformerNetwork()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "style.safetensors"
        save_style_file(path, network, StyleMetadata(config={"max_steps": 0}))
        style_file = path.read_bytes()
    state = {name: value.half() for name, value in network.state_dict().items()}
    checkpoint = {"step": 1, "model_state_dict": state, "optimizer_state_dict": {}, "loss": 1.0, "config": {}}
    return {
        "safetensors": [style_file],
        "pth": [_saved(checkpoint), _saved(state), _saved(state, _use_new_zipfile_serialization=False)],
    }


def _saved(value: object, **options: bool) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()
