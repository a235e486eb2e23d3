from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file
from torchvision.models.vgg import cfgs, make_layers

from mlcore.errors import LossNetworkError
from mlcore.losses import StyleTransferLoss
from mlcore.vgg_features import LAYERS, VGGFeatures, load_loss_network

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


@pytest.mark.parametrize(
    ("name", "layout", "slices"),
    [("vgg19", "E", [(0, 4), (4, 9), (9, 16), (16, 25)]), ("vgg16", "D", [(0, 4), (4, 9), (9, 16), (16, 23)])],
)
def test_layers_are_torchvisions_slices(name, layout, slices):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = make_layers(cfgs[layout])[:25]
    ours = VGGFeatures(name)
    state = {key: value for key, value in theirs.state_dict().items() if int(key.split(".")[0]) < slices[-1][1]}
    ours.features.load_state_dict(state)
    photo = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    x = (photo - MEAN) / STD
    activations = ours(photo)
    assert tuple(activations) == LAYERS
    for layer, (start, end) in zip(LAYERS, slices, strict=True):
        x = theirs[start:end](x)
        torch.testing.assert_close(activations[layer], x)
    assert [activations[layer].shape[1] for layer in LAYERS] == [64, 128, 256, 512]


def test_later_layers_are_not_computed(loss_network):
    assert tuple(loss_network(torch.rand(1, 3, 16, 16), last="relu2_2")) == ("relu1_2", "relu2_2")


def test_is_frozen(loss_network):
    assert not any(parameter.requires_grad for parameter in loss_network.parameters())
    assert not loss_network.training


def test_half_precision_weights_become_float32(vgg16_weights, tmp_path):
    half = {key: value.half() for key, value in load_file(vgg16_weights).items()}
    save_file(half, tmp_path / "half.safetensors")
    loaded = load_loss_network("vgg16", tmp_path / "half.safetensors").state_dict()
    assert {value.dtype for value in loaded.values()} == {torch.float32}
    assert torch.equal(loaded["features.0.weight"], half["features.0.weight"].float())


def test_a_pth_state_dict_with_more_layers_is_read_too(vgg16_weights, tmp_path):
    state = load_file(vgg16_weights) | {"classifier.0.weight": torch.zeros(2)}
    torch.save(state, tmp_path / "vgg.pth")
    loaded = load_loss_network("vgg16", tmp_path / "vgg.pth").state_dict()
    assert torch.equal(loaded["features.21.bias"], state["features.21.bias"])


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.safetensors", None, "no loss weights file"),
        ("text.safetensors", b"hello", "cannot be read"),
        ("text.pth", b"hello", "cannot be read"),
    ],
)
def test_unreadable_weights_are_named(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(LossNetworkError, match=words) as caught:
        load_loss_network("vgg16", tmp_path / name)
    assert name in str(caught.value)


def test_weights_of_the_other_network_name_the_option(vgg16_weights):
    with pytest.raises(LossNetworkError, match="--loss-network"):
        load_loss_network("vgg19", vgg16_weights)


def test_the_shared_weights_balance_content_and_style(shared_data):
    weights = shared_data / "weights" / "vgg16_features.safetensors"
    loss = StyleTransferLoss(loss_network=load_loss_network("vgg16", weights))
    generator = torch.Generator().manual_seed(4)
    loss.set_style_image(torch.rand(1, 3, 64, 64, generator=generator))
    terms = loss(torch.full((1, 3, 64, 64), 0.5), torch.rand(1, 3, 64, 64, generator=generator))
    assert 0.1 < terms.style.item() / terms.content.item() < 1000
