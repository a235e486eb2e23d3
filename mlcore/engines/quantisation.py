"""What quantising a style found, and how it is written down. Needs neither torch nor openvino."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlcore.engines.deviation import MAX_MEAN_ABSOLUTE_ERROR, MIN_SSIM, Deviation
from mlcore.errors import EngineUnavailable


class ActivationRange(NamedTuple):
    """Smallest and largest value of each channel of what a convolution reads, both float32 (C,)."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]


Ranges = Mapping[str, ActivationRange]
"""By the convolution's name."""


@dataclass(frozen=True)
class Quantisation:
    """The ranges for int8 and how far its paintings are from float32."""

    ranges: Ranges
    deviation: Deviation

    def check(self) -> None:
        """Refuse what nobody should be painted with.

        Raises:
            EngineUnavailable: a photo deviates too far.
        """
        if not self.deviation.is_small:
            raise EngineUnavailable(
                f"int8 deviates too far from float32 for this style: {self.deviation}. Allowed are "
                f"{MAX_MEAN_ABSOLUTE_ERROR:g}/255 and SSIM {MIN_SSIM:g}.",
                code="int8_deviates",
            )

    def as_json(self, facts: Mapping[str, str]) -> bytes:
        """Return a record that :meth:`from_json` reads, with ``facts`` for people who look at the file."""
        record: dict[str, Any] = {
            **facts,
            "precision": "int8" if self.deviation.is_small else "float32",
            "deviation": asdict(self.deviation),
            "ranges": {name: {"low": low.tolist(), "high": high.tolist()} for name, (low, high) in self.ranges.items()},
        }
        return (json.dumps(record, indent=None, allow_nan=False) + "\n").encode()

    @classmethod
    def from_json(cls, content: bytes) -> Quantisation:
        """Read a record.

        Raises:
            ValueError: it is damaged, or another version's.
        """
        try:
            record = json.loads(content)
            ranges = {
                name: ActivationRange(np.array(ends["low"], np.float32), np.array(ends["high"], np.float32))
                for name, ends in record["ranges"].items()
            }
            deviation = Deviation(**record["deviation"])
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"no record of a quantisation: {error}") from error
        for name, (low, high) in ranges.items():
            if low.ndim != 1 or low.shape != high.shape or not (low < high).all():
                raise ValueError(f"the ranges of {name} are damaged")
        return cls(ranges, deviation)
