"""The photos to train on, in an endless order that depends only on the seed and the position.

Because sample ``n`` is the same however many processes load it and wherever the run started, a resumed run sees
exactly the photos and crops that the uninterrupted one would have seen.
"""

from __future__ import annotations

import logging
import math
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
from mlcore.photo_cache import PhotoCache
from mlcore.photo_formats import PHOTO_KINDS

logger = logging.getLogger(__name__)

CROP_AREA = (0.4, 1.0)
"""Share of the photo's area that an augmented crop covers."""


class Draw(NamedTuple):
    """One sample of the endless stream: which photo, and the seed of its crop and flip."""

    photo: int
    seed: int


class ContentDataset(Dataset[Tensor]):
    """Photos of a folder (and its subfolders) as square RGB tensors.

    A photo that cannot be decoded, or whose shorter side is below half of ``image_size``, is replaced by the next good
    one, so that one damaged file does not end a long run; :meth:`skipped` tells which.

    Args:
        content_dir: folder of photos.
        image_size: side of the square in pixels.
        augment: random crop of 40–100% of the area and random flip; otherwise the middle square.
        cache_dir: folder for decoded photos; ``None`` keeps none.
        cache_bytes: about how much disk space those may take.

    Raises:
        ConfigError: the folder is missing or holds no photo.
    """

    def __init__(
        self,
        content_dir: Path,
        image_size: int = 256,
        *,
        augment: bool = False,
        cache_dir: Path | None = None,
        cache_bytes: int = 2**32,
    ) -> None:
        content_dir = Path(content_dir)
        if not content_dir.is_dir():
            raise ConfigError(f"There is no folder {content_dir}: check --content-dir.")
        self.paths = list_images(content_dir)
        if not self.paths:
            raise ConfigError(f"The folder {content_dir} holds no photo ({PHOTO_KINDS}): check --content-dir.")
        self.image_size = image_size
        self.augment = augment
        self._random_crop = transforms.RandomResizedCrop(image_size, scale=CROP_AREA)
        # Augmented, the shorter side keeps what the smallest crop, 40% of the area, needs to fill the square.
        self._shorter_side = math.ceil(image_size / math.sqrt(CROP_AREA[0])) if augment else image_size
        self._cache = PhotoCache(cache_dir, cache_bytes, self._shorter_side) if cache_dir else None
        # In shared memory: loader processes mark photos, the trainer reports them.
        self._skipped = torch.zeros(len(self.paths), dtype=torch.uint8).share_memory_()

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, draw: Draw | int) -> Tensor:
        """Return a photo, or the next good one, as RGB in [0, 1], shape (3, image_size, image_size).

        Raises:
            ConfigError: none of the photos can be used.
        """
        photo, seed = draw if isinstance(draw, Draw) else (draw, draw)
        for offset in range(len(self.paths)):
            position = (photo + offset) % len(self.paths)
            if self._skipped[position]:
                continue
            try:
                image = self._resized(position)
            except ImageError as error:
                self._skipped[position] = 1
                logger.info("Skipped a photo: %s", error)
                continue
            return image_to_tensor(self._square(image, seed))[0]
        raise ConfigError("None of the photos in --content-dir can be used: run diagnose on one of them.")

    def skipped(self) -> dict[str, str]:
        """Return the photos that were left out so far, by any loader process, each with the reason."""
        reasons = {}
        for position in self._skipped.nonzero().flatten().tolist():
            try:
                self._resized(position)
            except ImageError as error:
                reasons[str(self.paths[position])] = str(error)
            else:
                reasons[str(self.paths[position])] = "It could not be read at the time; it can be now."
        return reasons

    def _resized(self, position: int) -> Image.Image:
        """Return a photo whose shorter side is what training needs, from the cache where it is there."""
        path = self.paths[position]
        if self._cache is None:
            return self._decoded(path)
        image = self._cache.get(position, path)
        if image is None:
            image = self._decoded(path)
            self._cache.put(position, path, image)
        return image

    def _decoded(self, path: Path) -> Image.Image:
        image = open_photo(path)
        shorter = min(image.size)
        if shorter < self.image_size / 2:
            raise ImageError(
                f"{path} has {image.width}×{image.height} pixels, under half of --image-size {self.image_size}.",
                code="image_too_small",
            )
        if not self.augment:
            return centre_square(image, self.image_size)
        if shorter <= self._shorter_side:
            return image
        scale = self._shorter_side / shorter
        size = (round(image.width * scale), round(image.height * scale))
        return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)

    def _square(self, image: Image.Image, seed: int) -> Image.Image:
        if not self.augment:
            return image
        # torchvision draws from torch's global generator, which belongs to the caller.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            cropped: Image.Image = self._random_crop(image)
            return ImageOps.mirror(cropped) if torch.rand(1) < 0.5 else cropped


class EndlessSampler(Sampler[Draw]):
    """Shuffled epochs one after another: samples ``start`` to ``stop`` of the stream that ``seed`` fixes.

    Of every ``batch`` samples, process ``rank`` of ``processes`` draws its own consecutive share.
    """

    def __init__(
        self, photos: int, *, seed: int, start: int, stop: int, batch: int = 1, rank: int = 0, processes: int = 1
    ) -> None:
        self.photos, self.seed, self.start, self.stop = photos, seed, start, stop
        self.batch = batch
        share = batch // processes
        self._mine = range(rank * share, (rank + 1) * share)

    def __len__(self) -> int:
        return (self.stop - self.start) // self.batch * len(self._mine)

    def __iter__(self) -> Iterator[Draw]:
        epoch, order = -1, torch.empty(0)
        for first in range(self.start, self.stop - self.batch + 1, self.batch):
            for position in (first + offset for offset in self._mine):
                if position // self.photos != epoch:
                    epoch = position // self.photos
                    order = torch.randperm(self.photos, generator=torch.Generator().manual_seed(self.seed + epoch))
                yield Draw(int(order[position % self.photos]), seed=self.seed * 1_000_003 + position)


def get_content_loader(
    content_dir: Path | ContentDataset,
    batch_size: int = 4,
    image_size: int = 256,
    *,
    num_workers: int = 4,
    augment: bool = False,
    seed: int = 0,
    start: int = 0,
    stop: int | None = None,
    pin_memory: bool = False,
    rank: int = 0,
    processes: int = 1,
) -> DataLoader[Tensor]:
    """Return a loader of full batches (batch_size / processes, 3, image_size, image_size), RGB in [0, 1].

    Args:
        content_dir: folder of photos, or a dataset made of it, whose size and augmentation then count.
        batch_size: photos a batch, over all processes; the last incomplete batch is dropped.
        image_size: side of the square in pixels.
        num_workers: processes that decode ahead; 0 decodes in this one.
        augment: random crop and flip.
        seed: fixes the order and the crops.
        start: first sample of the stream, for resuming.
        stop: end of the stream (exclusive); ``None`` is one epoch after ``start``.
        pin_memory: page-locked batches, for faster copies to a GPU.
        rank: which of the training processes this is.
        processes: how many train together, each on its share of every batch.

    Raises:
        ConfigError: the folder is missing or empty, or the batch cannot be shared out evenly.
    """
    if batch_size % processes:
        raise ConfigError(f"--batch-size {batch_size} cannot be shared evenly by {processes} processes: change it.")
    dataset = (
        content_dir
        if isinstance(content_dir, ContentDataset)
        else ContentDataset(content_dir, image_size, augment=augment)
    )
    end = start + len(dataset) if stop is None else stop
    return DataLoader(
        dataset,
        batch_size=batch_size // processes,
        sampler=EndlessSampler(
            len(dataset), seed=seed, start=start, stop=end, batch=batch_size, rank=rank, processes=processes
        ),
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
