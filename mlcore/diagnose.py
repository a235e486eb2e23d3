"""Finding out why training does not work here: device, memory, loss network, the two pictures, losses, gradients."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import PIL
import torch
from torch import Tensor

from mlcore.device import describe_device, select_device
from mlcore.errors import LossNetworkError, is_out_of_memory
from mlcore.finding import Finding
from mlcore.image_findings import examine_image
from mlcore.image_io import centre_square, open_photo
from mlcore.image_tensor import image_to_tensor
from mlcore.loss_network_name import LossNetworkName
from mlcore.losses import LossTerms, StyleTransferLoss
from mlcore.training_prediction import PlannedRun, describe_memory, predict_run
from mlcore.transformer_network import TransformerNetwork
from mlcore.vgg_features import load_loss_network

OVERFIT_LR = 1e-3
FALLEN = 0.9
"""The overfit's last loss must be below this share of its first."""
BALANCE = (0.01, 10_000.0)
"""Where the style loss of an untrained network may be, as a multiple of its content loss, for both to be learnt."""


@dataclass(frozen=True)
class Measuring:
    """Steps of a real run are measured now, which takes some seconds."""

    run: PlannedRun


@dataclass(frozen=True)
class OverfitStep:
    """One step of the overfit is done."""

    step: int
    steps: int
    loss: float


def diagnose(
    content_image: Path,
    style_image: Path,
    *,
    loss_network: LossNetworkName = "vgg19",
    loss_weights: Path | None = None,
    image_size: int = 128,
    steps: int = 50,
    cpu: bool = False,
    run: PlannedRun | None = PlannedRun(),  # noqa: B008  # frozen
) -> Iterator[Finding | OverfitStep | Measuring]:
    """Yield findings in the order they are made, and what is done between them.

    Args:
        content_image: a photo.
        style_image: a painting.
        loss_network: "vgg19" or "vgg16".
        loss_weights: its weights file; ``None`` is torchvision's.
        image_size: side of the squares that are trained on, pixels, at least 32 and a multiple of 4.
        steps: steps of the overfit, at least 2.
        cpu: compute on the CPU even where there is a GPU.
        run: the run whose time and memory are predicted; ``None`` leaves that out.
    """
    device = select_device(cpu=cpu)
    yield Finding.fact("device", describe_device(device))
    yield describe_memory(device)
    yield Finding.fact(
        "versions",
        f"Python {platform.python_version()}, torch {torch.__version__}, torchvision {version('torchvision')}, "
        f"Pillow {PIL.__version__}",
    )
    yield from _look_and_learn(content_image, style_image, loss_network, loss_weights, image_size, steps, device)
    if run is not None:
        yield Measuring(run)
        yield from predict_run(run, device, loss_network)


def _look_and_learn(
    content_image: Path,
    style_image: Path,
    loss_network: LossNetworkName,
    loss_weights: Path | None,
    image_size: int,
    steps: int,
    device: torch.device,
) -> Iterator[Finding | OverfitStep]:
    usable = True
    for path, what in ((content_image, "photo"), (style_image, "style image")):
        for finding in examine_image(path, what):
            usable = usable and finding.level != "problem"
            yield finding
    try:
        network = load_loss_network(loss_network, loss_weights)
    except LossNetworkError as error:
        yield Finding.problem("loss network", str(error), "")  # the error says how to get it
        return
    yield Finding.fact(
        "loss network", f"{loss_network}, {loss_weights.name if loss_weights else 'torchvision'} weights"
    )
    if not usable:
        yield Finding.fact("overfit", "Left out, because a picture cannot be used.")
        return
    try:
        photo, painting = (
            image_to_tensor(centre_square(open_photo(path), image_size)).to(device)
            for path in (content_image, style_image)
        )
        loss = StyleTransferLoss(loss_network=network.to(device))
        loss.set_style_image(painting)
        yield from _try_to_learn(loss, photo, steps)
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        yield Finding.problem("memory", f"{error}", "Choose a smaller --image-size, or --cpu.")


def _try_to_learn(loss: StyleTransferLoss, photo: Tensor, steps: int) -> Iterator[Finding | OverfitStep]:
    with torch.random.fork_rng(devices=[]):  # the same first weights every time, without touching the caller's
        torch.manual_seed(0)
        network = TransformerNetwork()
    network = network.to(photo.device).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), lr=OVERFIT_LR)
    totals: list[float] = []
    terms: LossTerms | None = None
    for step in range(1, steps + 1):
        optimizer.zero_grad(set_to_none=True)
        terms = loss(network(photo), photo)
        terms.total.backward()
        totals.append(terms.total.item())
        if step == 1:
            findings = [_losses(terms, loss), *_gradients(network)]
            yield from findings
            if any(finding.level == "problem" for finding in findings):
                return
        torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimizer.step()
        yield OverfitStep(step, steps, totals[-1])
    yield _overfit(totals)


def _losses(terms: LossTerms, loss: StyleTransferLoss) -> Finding:
    content, style, tv = terms.content.item(), terms.style.item(), terms.tv.item()
    text = (
        f"untrained: content {content:.4g}, style {style:.4g}, tv {tv:.3g} "
        f"(weights {loss.content_weight:g}, {loss.style_weight:g}, {loss.tv_weight:g})"
    )
    if not torch.isfinite(terms.total):
        return Finding.problem("losses", text, "The loss weights are damaged or do not fit: get them again.")
    low, high = BALANCE
    if not low * content <= style <= high * content:
        weaker, change = ("style", "raise") if style < low * content else ("content", "lower")
        return Finding.warning(
            "losses",
            f"{text}: the {weaker} loss hardly counts",
            f"{change.capitalize()} --style-weight until the two are within a factor of a hundred.",
        )
    return Finding.fact("losses", text)


def _gradients(network: TransformerNetwork) -> Iterator[Finding]:
    norms = {
        name: torch.stack([p.grad.norm() for p in module.parameters() if p.grad is not None]).norm().item()
        for name, module in network.named_children()
        if name.startswith(("conv", "res"))
    }
    text = "gradient norms: " + ", ".join(f"{name} {norm:.3g}" for name, norm in norms.items())
    if all(0 < norm < float("inf") for norm in norms.values()):
        yield Finding.fact("gradients", text)
    else:
        yield Finding.problem(
            "gradients", text, "Nothing can be learnt from zero or infinite gradients: try --cpu, then other pictures."
        )


def _overfit(totals: list[float]) -> Finding:
    last = totals[-5:] if len(totals) >= 10 else totals[-1:]
    end = sum(last) / len(last)
    text = f"{len(totals)} steps on this pair: loss {totals[0]:.4g} → {end:.4g}"
    if end < FALLEN * totals[0]:  # false for NaN too
        return Finding.fact("overfit", text)
    return Finding.problem(
        "overfit",
        f"{text}, which has not fallen by a tenth",
        "Give it more --steps; if it stays, try --cpu, then other pictures.",
    )
