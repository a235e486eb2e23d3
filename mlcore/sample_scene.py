"""A landscape of our own to show a style on when no photo is given; drawn, so it comes with no one's rights."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 512, 384

Field = NDArray[np.float64]


def sample_scene() -> Image.Image:
    """Return an RGB landscape of 512×384 pixels, the same one every time: sky, sun, clouds, hills, a house, water."""
    random = np.random.default_rng(7)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    horizon = 236.0
    picture = _sky(x, y, horizon)
    sun = np.hypot(x - 382, y - 92)
    picture = _mix(picture, (255, 236, 170), 0.75 * np.exp(-((sun / 95) ** 2)))
    picture = _mix(picture, (255, 248, 214), 1 / (1 + np.exp((sun - 25) / 1.2)))
    clouds = np.clip((_noise(random, (4, 9)) - 0.5) * 4, 0, 1) * np.exp(-(((y - 78) / 62) ** 2))
    picture = _mix(picture, (250, 246, 240), 0.85 * clouds)

    ridges = (
        (168, 34, 150, 0.6, (128, 150, 176)),
        (196, 24, 105, 2.4, (92, 128, 128)),
        (222, 16, 190, 4.0, (84, 132, 74)),
    )
    for base, swing, length, phase, colour in ridges:
        ridge = base - swing * np.sin(x / length + phase) - swing / 3 * np.sin(x / (length / 2.7) + 2 * phase)
        inside = np.clip(y - ridge, 0, 1) * (y < horizon + 6)
        shade = 0.82 + 0.36 * _noise(random, (24, 18)) - 0.12 * np.clip((y - ridge) / 60, 0, 1)
        picture = picture * (1 - inside[..., None]) + np.array(colour) * (shade * inside)[..., None]

    picture = _with_water(picture, random, x, y, horizon)
    shore = 306 + 22 * np.sin(x / 96 + 0.4) + 7 * np.sin(x / 23)
    meadow = np.clip(y - shore, 0, 1)[..., None]
    grass = np.array((96, 138, 62)) * (0.62 + 0.75 * _noise(random, (90, 60)))[..., None]
    picture = picture * (1 - meadow) + grass * meadow

    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    _draw_house(image)
    _draw_trees(image, random)
    return image


def _sky(x: Field, y: Field, horizon: float) -> Field:
    depth = np.clip(y / horizon, 0, 1)[..., None]
    return np.array((74, 132, 204)) * (1 - depth) + np.array((240, 214, 176)) * depth + 0 * x[..., None]


def _mix(picture: Field, colour: tuple[int, int, int], share: Field) -> Field:
    return picture * (1 - share[..., None]) + np.array(colour) * share[..., None]


def _noise(random: np.random.Generator, cells: tuple[int, int]) -> Field:
    """Return smooth noise in [0, 1] of the scene's size: random values on a grid and on a finer one, interpolated."""
    total, weight = np.zeros((HEIGHT, WIDTH)), 0.0
    for octave in range(3):
        columns, rows = cells[0] * 2**octave + 1, cells[1] * 2**octave + 1
        grid = Image.fromarray((random.random((rows, columns)) * 255).astype(np.uint8))
        layer = np.asarray(grid.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), dtype=np.float64) / 255
        total, weight = total + layer / 2**octave, weight + 1 / 2**octave
    return np.clip(total / weight, 0, 1)


def _with_water(picture: Field, random: np.random.Generator, x: Field, y: Field, horizon: float) -> Field:
    """Lay a lake below ``horizon``: the view above upside down, darker, shaken by waves."""
    ripple = 5 * np.sin(y * 0.9 + x / 37) + 9 * (_noise(random, (40, 60)) - 0.5)
    rows = np.clip(2 * horizon - y + 3 * np.sin(y / 2.3), 0, horizon - 1).astype(int)
    columns = np.clip(x + ripple, 0, WIDTH - 1).astype(int)
    reflection = picture[rows, columns] * 0.72 + np.array((26, 44, 66)) * 0.4
    glitter = np.clip(_noise(random, (64, 120)) - 0.62, 0, 1) * 3 * np.exp(-(((x - 382) / 46) ** 2))
    reflection = _mix(reflection, (255, 240, 200), np.clip(glitter, 0, 1))
    water = np.clip(y - horizon, 0, 1)[..., None]
    return picture * (1 - water) + reflection * water


def _draw_house(image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    draw.polygon([(92, 266), (176, 266), (176, 330), (92, 330)], fill=(226, 208, 178))
    draw.polygon([(176, 266), (214, 256), (214, 318), (176, 330)], fill=(182, 160, 132))
    draw.polygon([(84, 270), (134, 222), (184, 270)], fill=(164, 70, 52))
    draw.polygon([(134, 222), (172, 212), (222, 258), (184, 270)], fill=(130, 52, 42))
    for step in range(1, 6):  # rows of tiles
        left, right, level = 134 - 8.3 * step, 134 + 8.3 * step, 222 + 8 * step
        draw.line([(left, level), (right, level)], fill=(140, 58, 44))
    draw.polygon([(176, 216), (188, 213), (188, 236), (176, 226)], fill=(120, 84, 70))
    draw.rectangle((124, 296, 144, 330), fill=(96, 62, 44))
    for left in (102, 152):
        draw.rectangle((left, 284, left + 15, 302), fill=(86, 116, 146), outline=(244, 236, 220))
        draw.line([(left + 7, 284), (left + 7, 302)], fill=(244, 236, 220))


def _draw_trees(image: Image.Image, random: np.random.Generator) -> None:
    for left, ground, height in ((300, 330, 96), (338, 344, 74), (446, 352, 122), (32, 342, 104)):
        draw = ImageDraw.Draw(image)
        draw.rectangle((left - 3, ground - height // 3, left + 3, ground), fill=(78, 56, 40))
        crown = Image.new("L", image.size, 0)
        leaves = ImageDraw.Draw(crown)
        for _ in range(70):
            angle, distance = random.random() * 2 * np.pi, np.sqrt(random.random())
            middle_x = left + np.cos(angle) * distance * height * 0.26
            middle_y = ground - height * 0.62 + np.sin(angle) * distance * height * 0.36
            radius = 3 + 4 * random.random()
            box = (middle_x - radius, middle_y - radius, middle_x + radius, middle_y + radius)
            leaves.ellipse(box, fill=255)
        light = Image.fromarray((_noise(random, (110, 80)) * 255).astype(np.uint8))
        foliage = Image.composite(
            Image.new("RGB", image.size, (116, 150, 62)), Image.new("RGB", image.size, (34, 74, 42)), light
        )
        image.paste(foliage, mask=crown.filter(ImageFilter.GaussianBlur(0.7)))
