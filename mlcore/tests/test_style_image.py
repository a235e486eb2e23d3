from __future__ import annotations

import pytest
import torch

from mlcore.errors import ConfigError, ImageError
from mlcore.image_io import centre_square
from mlcore.image_tensor import image_to_tensor
from mlcore.style_image import StyleImageLoader
from mlcore.tests.pictures import picture


def test_the_style_image_is_its_middle_square(painting):
    loader = StyleImageLoader(painting, 48)
    assert torch.equal(loader.get_batch(), image_to_tensor(centre_square(picture(90, 70, seed=99), 48)))


def test_a_batch_repeats_it(painting):
    batch = StyleImageLoader(painting, 32).get_batch(3)
    assert batch.shape == (3, 3, 32, 32)
    assert torch.equal(batch[0], batch[2])


def test_a_sliver_becomes_a_square(tmp_path):
    picture(2, 3000).save(tmp_path / "sliver.png")
    assert StyleImageLoader(tmp_path / "sliver.png", 64).get_batch().shape == (1, 3, 64, 64)


def test_a_missing_file_names_the_option(tmp_path):
    with pytest.raises(ConfigError, match="--style-image"):
        StyleImageLoader(tmp_path / "absent.jpg")


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(ImageError, match=r"text\.jpg"):
        StyleImageLoader(tmp_path / "text.jpg")
