from __future__ import annotations

import numpy as np
import pytest
import torch

from mlcore.content_dataset import ContentDataset, Draw, EndlessSampler, get_content_loader
from mlcore.errors import ConfigError
from mlcore.image_io import centre_square, open_photo
from mlcore.image_tensor import image_to_tensor
from mlcore.tests.pictures import picture


def batches(photos, **options):
    return torch.cat(list(get_content_loader(photos, 2, 32, seed=4, **options)))


def test_photos_are_the_middle_square_in_the_unit_range(photos):
    dataset = ContentDataset(photos, 32)
    assert len(dataset) == 6
    expected = image_to_tensor(centre_square(open_photo(photos / "0.png"), 32))[0]
    assert torch.equal(dataset[0], expected)
    assert dataset[5].shape == (3, 32, 32)
    assert 0 <= dataset[5].min() <= dataset[5].max() <= 1


@pytest.mark.parametrize("augment", [False, True])
def test_samples_do_not_depend_on_the_number_of_workers(photos, augment):
    alone = batches(photos, num_workers=0, augment=augment, stop=10)
    assert alone.shape == (10, 3, 32, 32)
    assert torch.equal(batches(photos, num_workers=2, augment=augment, stop=10), alone)


def test_starting_later_gives_the_same_samples_from_there_on(photos):
    whole = batches(photos, num_workers=0, augment=True, stop=20)
    assert torch.equal(batches(photos, num_workers=0, augment=True, start=8, stop=20), whole[8:])


def test_every_epoch_has_every_photo_once_in_another_order():
    draws = list(EndlessSampler(50, seed=0, start=0, stop=150))
    epochs = [[draw.photo for draw in draws[start : start + 50]] for start in (0, 50, 100)]
    assert all(sorted(epoch) == list(range(50)) for epoch in epochs)
    assert epochs[0] != epochs[1] != epochs[2] != epochs[0]
    assert len({draw.seed for draw in draws}) == 150


def test_the_seed_changes_the_order():
    orders = [[d.photo for d in EndlessSampler(50, seed=seed, start=0, stop=50)] for seed in (0, 1, 0)]
    assert orders[0] == orders[2] != orders[1]


def test_augmenting_crops_and_flips_differently_each_time_but_the_same_for_a_seed(photos):
    dataset = ContentDataset(photos, 32, augment=True)
    crops = [dataset[Draw(0, seed)] for seed in range(6)]
    assert len({crop.sum().item() for crop in crops}) == 6
    assert torch.equal(dataset[Draw(0, 3)], crops[3])


def test_augmenting_leaves_the_callers_random_numbers_alone(photos):
    dataset = ContentDataset(photos, 32, augment=True)
    torch.manual_seed(8)
    expected = torch.rand(3)
    torch.manual_seed(8)
    dataset[Draw(0, 3)]
    assert torch.equal(torch.rand(3), expected)


def test_a_damaged_photo_is_replaced_by_the_next_and_told(photos):
    (photos / "1.png").write_bytes(b"not a picture")
    dataset = ContentDataset(photos, 32)
    assert dataset.skipped() == {}
    assert torch.equal(dataset[1], dataset[2])
    assert list(dataset.skipped()) == [str(photos / "1.png")]


def test_what_loader_processes_skip_is_known_here(photos):
    (photos / "1.png").write_bytes(b"not a picture")
    dataset = ContentDataset(photos, 32)
    list(get_content_loader(dataset, 2, num_workers=2))
    assert list(dataset.skipped()) == [str(photos / "1.png")]


def test_only_damaged_photos_are_an_error(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"not a picture")
    with pytest.raises(ConfigError, match="can be used"):
        ContentDataset(tmp_path, 32)[0]


def test_photos_under_half_the_size_are_left_out(tmp_path):
    picture(40, 31).save(tmp_path / "a.png")
    picture(40, 32, seed=1).save(tmp_path / "b.png")
    dataset = ContentDataset(tmp_path, 64)
    assert torch.equal(dataset[0], dataset[1])
    assert "40×31 pixels" in dataset.skipped()[str(tmp_path / "a.png")]


def test_an_augmented_photo_keeps_what_the_smallest_crop_needs(tmp_path):
    picture(400, 300).save(tmp_path / "a.png")
    cache = tmp_path / "cache"
    ContentDataset(tmp_path, 64, augment=True, cache_dir=cache)[0]
    (kept,) = cache.iterdir()
    assert np.load(kept).shape == (102, 136, 3)  # 102 = ⌈64 / √0.4⌉


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_share_every_batch(photos, processes):
    whole = torch.cat(list(get_content_loader(photos, 4, 32, seed=4, num_workers=0, stop=10)))
    options = {"seed": 4, "num_workers": 0, "stop": 10, "processes": processes}
    shares = [list(get_content_loader(photos, 4, 32, rank=rank, **options)) for rank in range(processes)]
    assert torch.equal(torch.cat([batch for step in zip(*shares, strict=True) for batch in step]), whole)


def test_a_batch_that_cannot_be_shared_evenly_is_refused(photos):
    with pytest.raises(ConfigError, match="--batch-size 4 cannot be shared evenly by 3"):
        get_content_loader(photos, 4, 32, processes=3)


def test_a_missing_or_empty_folder_names_the_option(tmp_path):
    with pytest.raises(ConfigError, match="--content-dir"):
        ContentDataset(tmp_path / "absent")
    with pytest.raises(ConfigError, match="--content-dir"):
        ContentDataset(tmp_path)


def test_the_default_is_one_epoch_of_full_batches(photos):
    loader = get_content_loader(photos, 4, 32, num_workers=0)
    assert [batch.shape for batch in loader] == [(4, 3, 32, 32)]
