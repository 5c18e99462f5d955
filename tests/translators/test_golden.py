"""Numbers of the public reference implementation, in float64.

golden.json holds those of CycleGAN and CUT, made by running the reference repository that its
README names; no code was copied. CROSSLOOK_GOLDEN names another file of the same form.
"""

import json
import math
import os
import random
from pathlib import Path

import pytest
import torch

from crosslook.losses.adversarial import judged_fake, judged_real
from crosslook.losses.contrastive import patch_nce, patch_nce_per_place
from crosslook.networks.blur import BlurDown, BlurUp
from crosslook.networks.discriminators import PatchDiscriminator
from crosslook.networks.generators import ResnetGenerator
from crosslook.networks.projectors import PatchProjectors, unit
from crosslook.translators.cut import CUT
from crosslook.translators.cyclegan import CycleGAN
from crosslook.translators.pool import ImagePool
from crosslook.translators.schedules import linear_factor
from crosslook.translators.settings import CUTSettings, CycleGANSettings
from crosslook.translators.training import build_optimisers, take_step

FILE = Path(os.environ.get("CROSSLOOK_GOLDEN", Path(__file__).with_name("golden.json")))
ALL = json.loads(FILE.read_text())
GOLDEN = ALL["cyclegan_and_cut"]


def u(n, k):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * i * 7919 + i * 104729 + k * 1299709) % 1000003).double() / 1000003 - 0.5


def fill(network, k0=0):
    for k, parameter in enumerate(network.parameters(), start=k0):
        values = u(parameter.numel(), k).reshape(parameter.shape)
        scale = 0.1
        if parameter.dim() > 1:
            scale = math.sqrt(2) * math.sqrt(12 * parameter.shape[0] / parameter.numel())
        parameter.data = scale * values
    return network


def image(b, c, h, w, phase):
    b_, c_, y, x = torch.meshgrid(*(torch.arange(n).double() for n in (b, c, h, w)), indexing="ij")
    wave = torch.sin(0.05 * x + 0.11 * y + 0.7 * c_ + 1.3 * b_ + phase)
    return 0.9 * wave * torch.cos(0.07 * y - 0.03 * x + 0.2 * c_)


def assert_summary(found, expected):
    assert list(found.shape) == expected["shape"]
    flat = found.detach().flatten()
    assert flat.mean().item() == pytest.approx(expected["mean"], rel=1e-7)
    assert flat.std(correction=0).item() == pytest.approx(expected["std"], rel=1e-7)
    assert flat.abs().mean().item() == pytest.approx(expected["absmean"], rel=1e-7)
    assert flat[expected["flat_idx"]].tolist() == pytest.approx(expected["values"], rel=1e-7)


def parameters(network):
    return sum(parameter.numel() for parameter in network.parameters())


def test_blur_down_of_a_ramp():
    blurred = BlurDown()(torch.arange(36.0).double().view(1, 1, 6, 6))

    assert blurred.flatten().tolist() == GOLDEN["blur_down_k3_reflect_6x6_arange"]


def test_blur_down_of_an_odd_size_rounds_up():
    assert list(BlurDown()(torch.zeros(1, 1, 7, 7)).shape) == GOLDEN["blur_down_shape_7x7"]


def test_blur_up_of_a_ramp():
    blurred = BlurUp()(torch.arange(9.0).double().view(1, 1, 3, 3))

    assert list(blurred.shape) == GOLDEN["blur_up_shape_3x3"]
    assert blurred.flatten().tolist() == pytest.approx(GOLDEN["blur_up_k4_replicate_3x3_arange"])


def test_blur_down_has_the_reference_filter():
    spike = torch.zeros(1, 1, 9, 9, dtype=torch.float64)
    responses = []
    for y in (5, 4, 3):
        for x in (5, 4, 3):
            spike.zero_()[0, 0, y, x] = 1
            responses.append(BlurDown()(spike)[0, 0, 2, 2].item())

    assert responses == GOLDEN["blur_filter_k3"]


def test_blur_up_has_the_reference_filter():
    spike = torch.zeros(1, 1, 5, 5, dtype=torch.float64)
    spike[0, 0, 2, 2] = 1

    spread = BlurUp()(spike)[0, 0, 3:7, 3:7]

    assert spread.flatten().tolist() == GOLDEN["blur_filter_k4_times4"]


@pytest.mark.parametrize(("loss", "real"), [(judged_real, "True"), (judged_fake, "False")])
def test_least_squares_loss(loss, real):
    found = loss(image(2, 1, 5, 5, 0)).item()

    assert found == pytest.approx(GOLDEN[f"ganloss_lsgan_{real}"], rel=1e-7)


def test_unit_vectors():
    found = unit(torch.tensor([[3.0, 4.0]], dtype=torch.float64))[0].tolist()

    assert found == pytest.approx(GOLDEN["normalize_l2_of_[3,4]"], rel=1e-7)


def queries_and_keys(batch):
    first, second = (u(64 * batch * 32, k).view(64 * batch, 32) for k in (1, 2))
    query, key = unit(first + 0.5 * second), unit(second)
    return query.view(batch, 64, 32), key.view(batch, 64, 32)


@pytest.mark.parametrize("batch", [1, 2])
def test_patch_nce(batch):
    expected = GOLDEN[f"patchnce_B{batch}_allnegFalse"]

    rows = patch_nce_per_place(*queries_and_keys(batch)).flatten()

    assert len(rows) == expected["n"]
    assert rows.mean().item() == pytest.approx(expected["mean"], rel=1e-7)
    assert rows[:3].tolist() == pytest.approx(expected["first3"], rel=1e-7)
    assert rows[-1].item() == pytest.approx(expected["last"], rel=1e-7)


def test_patch_nce_gradient():
    query, key = queries_and_keys(2)
    query.requires_grad_()

    patch_nce(query, key).backward()

    expected = GOLDEN["patchnce_B2_grad_q_abs_sum"]
    assert query.grad.abs().sum().item() == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(
    ("name", "antialiased"),
    [("G_resnet9_cyclegan_ngf64", False), ("G_resnet9_cut_antialias_ngf64", True)],
)
def test_generator(name, antialiased):
    expected = GOLDEN[name]
    generator = fill(ResnetGenerator(3, 3, antialiased=antialiased))

    shapes = [list(p.shape) for p in generator.parameters()]
    assert shapes == expected["param_shapes_in_order"]
    assert parameters(generator) == expected["param_count"]
    with torch.no_grad():
        source = image(1, 3, 64, 64, 0)
        assert_summary(generator(source), expected["out_64"])
        if antialiased:
            layers = [int(layer) for layer in expected["nce_feats_64"]]
            features = generator.encode(source, layers)
            for feature, summary in zip(features, expected["nce_feats_64"].values(), strict=True):
                assert_summary(feature, summary)


@pytest.mark.parametrize("blocks", [6, 9])
@pytest.mark.parametrize("channels", [1, 3])
def test_generator_size(blocks, channels):
    with torch.device("meta"):
        generator = ResnetGenerator(3, channels, blocks=blocks)

    assert parameters(generator) == GOLDEN[f"params_resnet_{blocks}blocks_ngf64_3to{channels}"]


@pytest.mark.parametrize(
    ("name", "antialiased"),
    [("D_basic_strided_ndf64", False), ("D_basic_antialias_ndf64", True)],
)
def test_discriminator(name, antialiased):
    expected = GOLDEN[name]
    discriminator = fill(PatchDiscriminator(3, antialiased=antialiased))

    shapes = [list(p.shape) for p in discriminator.parameters()]
    assert shapes == expected["param_shapes_in_order"]
    assert parameters(discriminator) == expected["param_count"]
    with torch.no_grad():
        assert_summary(discriminator(image(1, 3, 64, 64, 0)), expected["out_64"])
    with torch.device("meta"):
        outline = PatchDiscriminator(3, antialiased=antialiased)
        for size, hw in expected["out_hw"].items():
            assert list(outline(torch.empty(1, 3, int(size), int(size))).shape[2:]) == hw


def test_discriminator_size_with_one_band():
    assert parameters(PatchDiscriminator(1)) == GOLDEN["params_D_basic_ndf64_1ch"]


def test_projectors():
    expected = GOLDEN["patchsampleF_mlp_two_feats"]
    projectors = fill(PatchProjectors([3, 8]))
    features = [image(2, 3, 16, 16, 0.1), image(2, 8, 8, 8, 0.2)]
    positions = [torch.tensor([0, 5, 100, 255]), torch.tensor([3, 1, 60, 63])]

    vectors = projectors(features, positions)

    assert parameters(projectors) == expected["params"]
    for found, summary in zip(vectors, expected["out"], strict=True):
        assert_summary(found.flatten(0, 1), summary)


@pytest.mark.parametrize("units", [100, 200])
def test_learning_rate(units):
    for epoch, rate in GOLDEN[f"lr_linear_{units}_{units}"].items():
        assert 2e-4 * linear_factor(int(epoch) - 1, units, units) == pytest.approx(rate, rel=1e-12)


def test_image_pool():
    pool, dice = ImagePool(3), random.Random(0)

    returned = [
        int(pool.exchange(torch.full((1, 1, 1, 1), float(i)), dice).item()) for i in range(12)
    ]

    assert returned == GOLDEN["image_pool_size3_random_seed0_ids_returned_for_0..11"]


class EvenCUT(CUT):
    """Takes the golden positions instead of random ones."""

    def choose_positions(self, available):
        return (torch.arange(available) * 7919 % available)[: self.settings.positions]


def two_steps(translator):
    updates = translator.updates()
    optimisers = build_optimisers(updates)
    source, target = image(1, 3, 64, 64, 0), image(1, 3, 64, 64, 0.9)
    for _ in range(2):
        yield take_step(translator, updates, optimisers, source, target)


def sums(networks):
    return {
        name: sum(p.detach().abs().sum().item() for p in network.parameters())
        for name, network in networks.items()
    }


def test_two_steps_of_cut():
    expected = ALL["cyclegan_and_cut"]["train2_CUT_ngf16_64px"]
    settings = CUTSettings(width=16, discriminator_width=16, projector_width=32, positions=64)
    cut = EvenCUT(3, 3, settings)
    networks = {"G": cut.target_generator, "F": cut.projectors, "D": cut.target_discriminator}
    for name, network in networks.items():
        fill(network, expected["net_fill_offsets"][name])
        assert parameters(network) == expected["param_counts"][name]

    for losses, golden in zip(two_steps(cut), expected["steps"], strict=True):
        found = {
            "G_GAN": losses["generator"],
            "D_real": 2 * losses["discriminator/real"],
            "D_fake": 2 * losses["discriminator/fake"],
            "G": losses["generator"] + losses["nce/source"] + losses["nce/target"],
            "NCE": 2 * losses["nce/source"],
            "NCE_Y": 2 * losses["nce/target"],
        }
        found = {name: loss.item() for name, loss in found.items()}
        assert found == pytest.approx(golden["losses"], rel=1e-7)
        assert sums(networks) == pytest.approx(golden["param_abs_sum_after"], rel=1e-9)


def test_two_steps_of_cyclegan():
    expected = ALL["cyclegan_train"]["train2_CycleGAN_strided_ngf16_64px"]
    cyclegan = CycleGAN(3, 3, CycleGANSettings(width=16, discriminator_width=16))
    networks = {
        "G_A": cyclegan.target_generator,
        "G_B": cyclegan.source_generator,
        "D_A": cyclegan.target_discriminator,
        "D_B": cyclegan.source_discriminator,
    }
    for name, network in networks.items():
        fill(network, expected["net_fill_offsets"][name])
        assert parameters(network) == expected["param_counts"][name]

    ours = {
        "G_A": "generator/target",
        "G_B": "generator/source",
        "cycle_A": "cycle/source",
        "cycle_B": "cycle/target",
        "idt_A": "identity/target",
        "idt_B": "identity/source",
        "D_A": "discriminator/target",
        "D_B": "discriminator/source",
    }
    for losses, golden in zip(two_steps(cyclegan), expected["steps"], strict=True):
        found = {theirs: losses[name].item() for theirs, name in ours.items()}
        assert found == pytest.approx(golden["losses"], rel=1e-7)
        assert sums(networks) == pytest.approx(golden["param_abs_sum_after"], rel=1e-9)
