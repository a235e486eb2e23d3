"""The photos to train on, in an endless order that depends only on the seed and the position.

Because sample ``n`` is the same however many workers load it and wherever the run started, a resumed run sees
exactly the photos and crops that the uninterrupted one would have seen.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler
from torchvision import transforms

from mlcore.errors import ConfigError, ImageError
from mlcore.image_io import centre_square, list_images, open_photo
from mlcore.image_tensor import image_to_tensor

logger = logging.getLogger(__name__)

CROP_AREA = (0.4, 1.0)
"""Share of the photo's area that an augmented crop covers."""


class Draw(NamedTuple):
    """One sample of the endless stream: which photo, and the seed of its crop and flip."""

    photo: int
    seed: int


class ContentDataset(Dataset[Tensor]):
    """Photos of a folder (and its subfolders) as square RGB tensors.

    Args:
        content_dir: folder of photos.
        image_size: side of the square in pixels.
        augment: random crop of 40–100% of the area and random flip; otherwise the middle square.

    Raises:
        ConfigError: the folder is missing or holds no photo.
    """

    def __init__(self, content_dir: Path, image_size: int = 256, *, augment: bool = False) -> None:
        content_dir = Path(content_dir)
        if not content_dir.is_dir():
            raise ConfigError(f"There is no folder {content_dir}: check --content-dir.")
        self.paths = list_images(content_dir)
        if not self.paths:
            raise ConfigError(f"The folder {content_dir} holds no JPEG, PNG or WebP photo: check --content-dir.")
        self.image_size = image_size
        self.augment = augment
        self._random_crop = transforms.RandomResizedCrop(image_size, scale=CROP_AREA)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, draw: Draw | int) -> Tensor:
        """Return a photo as RGB in [0, 1], shape (3, image_size, image_size).

        A photo that cannot be decoded is replaced by the next readable one and logged, so that one damaged file
        does not end a long run.
        """
        photo, seed = draw if isinstance(draw, Draw) else (draw, draw)
        for offset in range(len(self.paths)):
            path = self.paths[(photo + offset) % len(self.paths)]
            try:
                image = open_photo(path)
            except ImageError as error:
                logger.warning("Skipped a photo: %s", error)
                continue
            return image_to_tensor(self._square(image, seed))[0]
        raise ConfigError("None of the photos in --content-dir can be decoded.")

    def _square(self, image: Image.Image, seed: int) -> Image.Image:
        if not self.augment:
            return centre_square(image, self.image_size)
        # torchvision draws from torch's global generator, which belongs to the caller.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            cropped: Image.Image = self._random_crop(image)
            return ImageOps.mirror(cropped) if torch.rand(1) < 0.5 else cropped


class EndlessSampler(Sampler[Draw]):
    """Shuffled epochs one after another: samples ``start`` to ``stop`` of the stream that ``seed`` fixes."""

    def __init__(self, photos: int, *, seed: int, start: int, stop: int) -> None:
        self.photos, self.seed, self.start, self.stop = photos, seed, start, stop

    def __len__(self) -> int:
        return self.stop - self.start

    def __iter__(self) -> Iterator[Draw]:
        epoch, order = -1, torch.empty(0)
        for position in range(self.start, self.stop):
            if position // self.photos != epoch:
                epoch = position // self.photos
                order = torch.randperm(self.photos, generator=torch.Generator().manual_seed(self.seed + epoch))
            yield Draw(int(order[position % self.photos]), seed=self.seed * 1_000_003 + position)


def get_content_loader(
    content_dir: Path,
    batch_size: int = 4,
    image_size: int = 256,
    *,
    num_workers: int = 4,
    augment: bool = False,
    seed: int = 0,
    start: int = 0,
    stop: int | None = None,
    pin_memory: bool = False,
) -> DataLoader[Tensor]:
    """Return a loader of full batches (batch_size, 3, image_size, image_size), RGB in [0, 1].

    Args:
        content_dir: folder of photos.
        batch_size: photos a batch; the last incomplete batch is dropped.
        image_size: side of the square in pixels.
        num_workers: processes that decode ahead; 0 decodes in this one.
        augment: random crop and flip.
        seed: fixes the order and the crops.
        start: first sample of the stream, for resuming.
        stop: end of the stream (exclusive); ``None`` is one epoch after ``start``.
        pin_memory: page-locked batches, for faster copies to a GPU.
    """
    dataset = ContentDataset(content_dir, image_size, augment=augment)
    end = start + len(dataset) if stop is None else stop
    return DataLoader(
        dataset,
        batch_size=batch_size,
        sampler=EndlessSampler(len(dataset), seed=seed, start=start, stop=end),
        num_workers=num_workers,
        drop_last=True,
        pin_memory=pin_memory,
        persistent_workers=num_workers > 0,
        prefetch_factor=4 if num_workers > 0 else None,
        worker_init_fn=_leave_signals_to_the_trainer,
    )


def _leave_signals_to_the_trainer(_worker: int) -> None:
    """Ctrl-C in a terminal reaches every process; a loader that died of it would end the run without a checkpoint.

    A forked loader also inherits the trainer's SIGTERM handler and with it would not stop when told to.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
