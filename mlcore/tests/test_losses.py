from __future__ import annotations

import pytest
import torch

from mlcore.errors import TrainingError
from mlcore.losses import StyleTransferLoss, gram_matrix, saturation_penalty, style_distance, total_variation_loss
from mlcore.vgg_features import LAYERS


def images(seed: int, batch: int = 1, size: int = 32) -> torch.Tensor:
    return torch.rand(batch, 3, size, size, generator=torch.Generator().manual_seed(seed))


def test_gram_matrix_by_hand():
    # Two channels of 1×2: [1, 2] and [3, 4]; inner products 5, 11, 25 over C·H·W = 4.
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert torch.equal(gram_matrix(features), torch.tensor([[[5.0, 11.0], [11.0, 25.0]]]) / 4)


def test_gram_matrix_does_not_depend_on_the_size_of_a_repeated_texture():
    features = torch.randn(2, 5, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(gram_matrix(features), gram_matrix(features.repeat(1, 1, 3, 2)))


def test_total_variation_by_hand():
    # [[0, 1], [0, 3]]: down the columns 0² + 2², along the rows 1² + 3², over B·H·W = 4.
    image = torch.tensor([[[[0.0, 1.0], [0.0, 3.0]]]])
    assert total_variation_loss(image).item() == (4 + 1 + 9) / 4
    assert total_variation_loss(image.repeat(5, 1, 1, 1)).item() == (4 + 1 + 9) / 4


def test_style_distance_by_hand():
    features = {layer: torch.full((1, 1, 1, 1), 2.0) for layer in LAYERS}  # Gram 4
    grams = dict(zip(LAYERS, [torch.full((1, 1, 1), value) for value in (4.0, 3.0, 2.0, 0.0)], strict=True))
    assert style_distance(features, grams).tolist() == [0 + 1 + 4 + 16]


def test_saturation_penalty_by_hand():
    assert saturation_penalty(torch.tensor([0.0, 2.0, 3.0, -4.0])).item() == (1 + 4) / 4


def test_the_style_image_itself_has_no_style_loss_and_the_photo_itself_no_content_loss(loss_network):
    loss = StyleTransferLoss(loss_network=loss_network)
    loss.set_style_image(images(1))
    terms = loss(images(1), images(1))
    assert terms.content.item() == 0
    assert terms.style.item() == pytest.approx(0, abs=1e-9)
    assert loss(images(2), images(1)).style.item() > 1e3 * terms.style.item()


def test_each_weight_scales_its_own_term(loss_network):
    def terms(*weights: float) -> list[float]:
        loss = StyleTransferLoss(*weights, loss_network=loss_network)
        loss.set_style_image(images(1))
        return [term.item() for term in loss(images(2, batch=2), images(3, batch=2))]

    _, content, style, tv = terms(1.0, 1.0, 1.0)
    assert min(content, style, tv) > 0
    assert terms(3.0, 1.0, 1.0) == pytest.approx([3 * content + style + tv, 3 * content, style, tv])
    assert terms(1.0, 1e6, 1.0) == pytest.approx([content + 1e6 * style + tv, content, 1e6 * style, tv])
    assert terms(0.0, 1.0, 1e-6) == pytest.approx([style + 1e-6 * tv, 0, style, 1e-6 * tv])


def test_content_is_the_mean_squared_error_at_relu2_2(loss_network):
    loss = StyleTransferLoss(loss_network=loss_network)
    loss.set_style_image(images(1))
    difference = loss_network(images(2))["relu2_2"] - loss_network(images(3))["relu2_2"]
    assert loss(images(2), images(3)).content.item() == pytest.approx(difference.square().mean().item())


def test_grams_of_the_style_image_are_computed_once(loss_network):
    loss = StyleTransferLoss(loss_network=loss_network)
    loss.set_style_image(images(1)[0])  # without a batch dimension too
    cached = {layer: gram.data_ptr() for layer, gram in loss.style_grams.items()}
    seen = []
    hook = loss_network.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
    loss(images(2, batch=2), images(3, batch=2))
    hook.remove()
    assert [tuple(x.shape) for x in seen] == [(2, 3, 32, 32), (2, 3, 32, 32)]  # the photos and the paintings
    assert {layer: gram.data_ptr() for layer, gram in loss.style_grams.items()} == cached


def test_gradient_goes_to_the_painting_only(loss_network):
    loss = StyleTransferLoss(loss_network=loss_network)
    loss.set_style_image(images(1))
    painting = images(2).requires_grad_()
    loss(painting, images(3)).total.backward()
    assert painting.grad is not None
    assert painting.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in loss_network.parameters())


def test_without_a_style_image_the_error_says_what_to_call(loss_network):
    with pytest.raises(TrainingError, match="set_style_image"):
        StyleTransferLoss(loss_network=loss_network)(images(1), images(2))


def test_the_gradient_of_a_gram_matrix_is_that_of_its_formula():
    features = torch.rand(2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    weights = torch.rand(2, 3, 3, dtype=torch.float64)  # not symmetric
    (gram_matrix(features) * weights).sum().backward()
    by_hand = features.detach().clone().requires_grad_()
    (torch.einsum("bchw,bdhw->bcd", by_hand, by_hand) / 60 * weights).sum().backward()
    torch.testing.assert_close(features.grad, by_hand.grad)
