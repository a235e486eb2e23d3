from __future__ import annotations

import torch
from PIL import Image

from mlcore.image_tensor import image_to_tensor, tensor_to_image
from mlcore.tests.pictures import difference, picture


def test_channels_rows_and_columns_stay_where_they_are():
    image = Image.new("RGB", (3, 2))
    image.putpixel((2, 1), (255, 51, 0))
    tensor = image_to_tensor(image)
    assert tensor.shape == (1, 3, 2, 3)
    assert tensor[0, :, 1, 2].tolist() == [1.0, torch.tensor(0.2).item(), 0.0]
    assert tensor.sum().item() == tensor[0, :, 1, 2].sum().item()


def test_there_and_back_changes_nothing():
    image = picture(13, 9)
    assert difference(tensor_to_image(image_to_tensor(image)), image) == 0
    assert difference(tensor_to_image(image_to_tensor(image)[0]), image) == 0


def test_values_are_clamped_and_rounded_to_nearest():
    tensor = torch.tensor([-1.0, 0.6 / 255, 2.0]).view(3, 1, 1)
    assert tensor_to_image(tensor).getpixel((0, 0)) == (0, 1, 255)
