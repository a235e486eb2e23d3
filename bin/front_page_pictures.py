"""Paint the front page's photos anew with the styles that ship; for when a style was trained anew.

    .venv/bin/python bin/front_page_pictures.py

The photos, cat.webp and coffee.webp in static/images/front/, are free for everyone (CC0): the cat is by Stefan van der
Walt, the cup by Rachel Michetti, both from scikit-image's samples.
"""

import sys
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT_DIR))

from PIL import Image  # noqa: E402  # found through the line above

from mlcore.checkpoint import load_style  # noqa: E402
from mlcore.image_io import save_image  # noqa: E402
from mlcore.stylize import stylize  # noqa: E402

FOLDER = PROJECT_DIR / "static" / "images" / "front"
PAINTINGS = (("cat", "starry-night"), ("coffee", "great-wave"), ("coffee", "composition-vii"), ("coffee", "the-scream"))


def main() -> None:
    """Write a picture beside the photos for each pair of photo and style."""
    for photo, style in PAINTINGS:
        network, _ = load_style(PROJECT_DIR / "stylizer" / "starter_styles" / f"{style}.safetensors")
        with Image.open(FOLDER / f"{photo}.webp") as image:
            painting = stylize(network, image.convert("RGB"))
        save_image(painting, FOLDER / f"{photo}-{style}.webp", quality=80)


if __name__ == "__main__":
    main()
