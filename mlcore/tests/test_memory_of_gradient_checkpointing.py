from __future__ import annotations

import pytest

from mlcore.training_cost import measure_training_cost


@pytest.mark.timeout(600)
def test_gradient_checkpointing_takes_a_third_off_the_peak_memory_of_training():
    """Real steps at batch 4, 256 px, each in a process of its own; what a run of tiny photos takes is no activation."""
    tiny, kept, recomputed = (
        measure_training_cost(
            batch, side, loss_network="vgg16", grad_checkpoint=grad_checkpoint, cpu=True, seconds=0.1
        ).peak_bytes
        for batch, side, grad_checkpoint in ((1, 32, False), (4, 256, False), (4, 256, True))
    )
    assert kept - tiny > 500 * 2**20
    assert recomputed - tiny < 0.7 * (kept - tiny)
