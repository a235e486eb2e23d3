"""Make static/images/hero.webp: Easel's sample scene, its right half painted by a style that ships with it.

Run again after that style was trained anew: ``.venv/bin/python bin/hero_picture.py [SLUG]``.
"""

import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_DIR))

from PIL import Image  # noqa: E402  # found through the line above

from mlcore.checkpoint import load_style  # noqa: E402
from mlcore.image_io import save_image  # noqa: E402
from mlcore.sample_scene import sample_scene  # noqa: E402
from mlcore.stylize import stylize  # noqa: E402


def main(slug: str = "starry-night") -> None:
    """Paint the scene and put both halves into one picture."""
    network, _ = load_style(PROJECT_DIR / "stylizer" / "starter_styles" / f"{slug}.safetensors")
    scene = sample_scene().resize((768, 576), Image.Resampling.LANCZOS)
    painted = stylize(network, scene)
    middle = scene.width // 2
    scene.paste(painted.crop((middle, 0, *painted.size)), (middle, 0))
    save_image(scene, PROJECT_DIR / "static" / "images" / "hero.webp", quality=88)


if __name__ == "__main__":
    main(*sys.argv[1:])
