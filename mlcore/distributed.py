"""Training in several processes: what ``torchrun`` says in the environment, and means over all of them.

Every function also works in a single process, where it costs nothing, so callers need no second path.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Processes:
    """This process among those that train together; ``local_rank`` counts those of this machine."""

    rank: int = 0
    count: int = 1
    local_rank: int = 0

    @property
    def is_main(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    @classmethod
    def from_environment(cls) -> Processes:
        """Read RANK, WORLD_SIZE and LOCAL_RANK, as torchrun sets them; without them this is the only process."""
        return cls(
            rank=int(os.environ.get("RANK", "0")),
            count=int(os.environ.get("WORLD_SIZE", "1")),
            local_rank=int(os.environ.get("LOCAL_RANK", "0")),
        )

    def mean(self, values: Tensor) -> Tensor:
        """Return the mean of ``values`` over the processes; every one of them must call this."""
        if self.count == 1:
            return values
        summed = values.clone()
        dist.all_reduce(summed)
        return summed / self.count

    def any(self, flag: bool, device: torch.device) -> bool:
        """Return whether ``flag`` is true in some process; every one of them must call this."""
        if self.count == 1:
            return flag
        flags = torch.tensor(int(flag), device=device)
        dist.all_reduce(flags, op=dist.ReduceOp.MAX)
        return bool(flags.item())


@contextmanager
def joined(processes: Processes, device: torch.device) -> Iterator[None]:
    """Connect the processes for the time of a run: NCCL between GPUs, Gloo between CPUs."""
    if processes.count == 1:
        yield
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()
