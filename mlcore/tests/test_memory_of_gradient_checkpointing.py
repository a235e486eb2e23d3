from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A batch in one piece, as on a GPU; the trainer on a CPU takes it apart, which saves memory of its own.
STEP = """
import sys, torch
from mlcore.losses import StyleTransferLoss
from mlcore.peak_memory import peak_bytes
from mlcore.transformer_network import TransformerNetwork, to_unit_range
from mlcore.vgg_features import VGGFeatures
torch.manual_seed(0)
loss = StyleTransferLoss(loss_network=VGGFeatures("vgg16"))
loss.set_style_image(torch.rand(3, 64, 64))
network = TransformerNetwork()
network.grad_checkpoint = sys.argv[1] == "True"
def step(side):
    photos = torch.rand(4, 3, side, side)
    loss(to_unit_range(network.pre_activation(photos)), photos).total.backward()
step(32)
before = peak_bytes()
step(256)
print(peak_bytes() - before)
"""


@pytest.mark.timeout(600)
def test_gradient_checkpointing_takes_a_third_off_the_peak_memory_of_a_step():
    """A real forward and backward pass at batch 4, 256 px, each in a process of its own."""
    kept, recomputed = (
        int(subprocess.check_output([sys.executable, "-c", STEP, str(grad_checkpoint)], cwd=ROOT))
        for grad_checkpoint in (False, True)
    )
    assert kept > 800 * 2**20
    assert recomputed <= 0.7 * kept, f"{recomputed / 2**20:.0f} of {kept / 2**20:.0f} MiB"
