"""Numbers of the public reference implementation, in float64.

golden.json holds those of the methods here, made by running the reference repository that its
README names; no code was copied. CROSSLOOK_GOLDEN names another file of the same form.
"""

import json
import math
import os
import random
from pathlib import Path

import pytest
import torch

from crosslook.losses.adversarial import hinge_fake, hinge_real, judged_fake, judged_real
from crosslook.losses.contrastive import batch_nce_per_place, patch_nce, patch_nce_per_place
from crosslook.losses.focus import painted_share, raggedness, undecided
from crosslook.losses.scales import all_judged_fake, all_judged_real
from crosslook.networks.adain import ImageNorm, adaptive_instance_norm
from crosslook.networks.attention import AttentionGenerator
from crosslook.networks.blur import BlurDown, BlurUp
from crosslook.networks.discriminators import PatchDiscriminator
from crosslook.networks.encoders import StyleEncoder
from crosslook.networks.generators import ResnetGenerator
from crosslook.networks.multiscale import MultiScaleDiscriminator, PairDiscriminator
from crosslook.networks.projectors import PatchProjectors, StackProjector, unit
from crosslook.translators.attentiongan import AttentionGAN
from crosslook.translators.council_gan import CouncilGAN, CouncilGenerator
from crosslook.translators.cut import CUT
from crosslook.translators.cyclegan import CycleGAN
from crosslook.translators.dclgan import DCLGAN
from crosslook.translators.munit import MUNIT, MUNITGenerator
from crosslook.translators.pool import ImagePool
from crosslook.translators.schedules import linear_factor
from crosslook.translators.settings import (
    AttentionGANSettings,
    CUTSettings,
    CycleGANSettings,
    DCLGANSettings,
)
from crosslook.translators.stepping import build_optimisers, take_step
from crosslook.translators.style_settings import CouncilGANSettings, MUNITSettings

FILE = Path(os.environ.get("CROSSLOOK_GOLDEN", Path(__file__).with_name("golden.json")))
ALL = json.loads(FILE.read_text())
GOLDEN = ALL["cyclegan_and_cut"]


def u(n, k):
    i = torch.arange(n, dtype=torch.int64)
    return ((i * i * 7919 + i * 104729 + k * 1299709) % 1000003).double() / 1000003 - 0.5


def fill(network, k0=0):
    for k, (name, parameter) in enumerate(network.named_parameters(), start=k0):
        values = u(parameter.numel(), k).reshape(parameter.shape)
        scale = 0.1
        if parameter.dim() > 1:
            scale = math.sqrt(2) * math.sqrt(12 * parameter.shape[0] / parameter.numel())
        parameter.data = scale * values
        if name.endswith("gamma"):
            parameter.data = 1 + 0.5 * values
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


def assert_two_steps_of_a_cycle(cyclegan, expected):
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


def test_two_steps_of_cyclegan():
    cyclegan = CycleGAN(3, 3, CycleGANSettings(width=16, discriminator_width=16))

    assert_two_steps_of_a_cycle(
        cyclegan, ALL["cyclegan_train"]["train2_CycleGAN_strided_ngf16_64px"]
    )


def test_two_steps_of_attentiongan():
    attentiongan = AttentionGAN(3, 3, AttentionGANSettings(width=16, discriminator_width=16))

    assert_two_steps_of_a_cycle(attentiongan, ALL["attentiongan"]["train2_AttentionGAN_ngf16_64px"])


@pytest.mark.parametrize(("loss", "real"), [(hinge_real, "True"), (hinge_fake, "False")])
def test_hinge_loss(loss, real):
    found = loss(image(2, 1, 5, 5, 0)).item()

    assert found == pytest.approx(ALL["dclgan"][f"ganloss_hinge_dclgan_{real}"], rel=1e-7)


@pytest.mark.parametrize(
    "name", [name for name in ALL["dclgan"] if name.startswith("patchnce_dclgan_cosine_B")]
)
def test_patch_nce_by_cosine(name):
    expected = ALL["dclgan"][name]

    rows = batch_nce_per_place(*queries_and_keys(int(name[-1]))).flatten()

    assert rows.mean().item() == pytest.approx(expected["mean"], rel=1e-7)
    assert rows[:3].tolist() == pytest.approx(expected["first3"], rel=1e-7)


def test_stack_projector():
    projector = fill(StackProjector(4))
    stack = u(4 * 256 * 256, 5).reshape(4, 1, 256, 256)

    assert parameters(projector) == ALL["simdcl"]["params_simdcl_MappingF"]
    assert_summary(projector(list(stack)), ALL["simdcl"]["simdcl_MappingF_out"])


def test_attention_generator():
    expected = ALL["attentiongan"]["G_attention_ngf64"]
    generator, source = fill(AttentionGenerator(3)), image(1, 3, 64, 64, 0)

    assert [list(p.shape) for p in generator.parameters()] == expected["param_shapes_in_order"]
    assert parameters(generator) == expected["param_count"]
    with torch.no_grad():
        contents, masks = generator.parts(source)
        made, same_masks = generator.forward_with_masks(source)

    assert_summary(made, expected["out_64"])
    assert_summary(masks[:, :1], expected["attention1"])
    assert_summary(masks[:, 9:], expected["attention10_background"])
    assert_summary(contents[:, 0], expected["content1"])
    assert_summary(contents[:, 8], expected["content9"])
    # The reference returns the image, its 9 shares of the contents and of the input, 9 contents
    # and 10 masks one by one.
    shares = torch.cat([contents, source[:, None]], dim=1) * masks[:, :, None]
    assert 1 + shares.shape[1] + contents.shape[1] + masks.shape[1] == expected["n_outputs"]
    missing = (masks.sum(dim=1) - 1).abs().max().item()
    assert missing == pytest.approx(expected["attention_sum_minus_1_max"], abs=1e-14)
    assert torch.equal(masks, same_masks)
    recomposed = (shares.sum(dim=1) - made).abs().max().item()
    assert recomposed == pytest.approx(expected["recompose_err"], abs=1e-14)


class EvenDCLGAN(DCLGAN):
    """Takes the golden positions instead of random ones."""

    def choose_positions(self, available):
        return (torch.arange(available) * 7919 % available)[: self.settings.positions]


def test_two_steps_of_dclgan():
    expected = ALL["dclgan"]["train2_DCLGAN_ngf16_64px"]
    settings = DCLGANSettings(width=16, discriminator_width=16, projector_width=32, positions=64)
    dclgan = EvenDCLGAN(3, 3, settings)
    networks = {
        "G_A": dclgan.target_generator,
        "F1": dclgan.source_projectors,
        "D_A": dclgan.target_discriminator,
        "G_B": dclgan.source_generator,
        "F2": dclgan.target_projectors,
        "D_B": dclgan.source_discriminator,
    }
    for name, network in networks.items():
        fill(network, expected["net_fill_offsets"][name])
        assert parameters(network) == expected["param_counts"][name]

    for losses, golden in zip(two_steps(dclgan), expected["steps"], strict=True):
        making = [v for name, v in losses.items() if not name.startswith("discriminator")]
        found = {
            "D_A": losses["discriminator/target"],
            "D_B": losses["discriminator/source"],
            "G_A": 2 * losses["generator/target"],
            "G_B": 2 * losses["generator/source"],
            "NCE1": 2 * losses["nce/source"],
            "NCE2": 2 * losses["nce/target"],
            "idt_A": 2 * losses["identity/target"],
            "idt_B": 2 * losses["identity/source"],
            "G": sum(making),
        }
        found = {name: loss.item() for name, loss in found.items()}
        assert found == pytest.approx(golden["losses"], rel=1e-7)
        assert sums(networks) == pytest.approx(golden["param_abs_sum_after"], rel=1e-9)


def shapes(network):
    return [list(parameter.shape) for parameter in network.parameters()]


def test_adaptive_instance_norm():
    means, spreads = torch.arange(8.0).double() / 10, torch.arange(1.0, 9.0).double() / 4
    numbers = torch.cat([means.view(2, 4), spreads.view(2, 4)], dim=1)

    found = adaptive_instance_norm(image(2, 4, 5, 6, 0), numbers)

    assert_summary(found, ALL["munit"]["adain_4ch_B2"])


@pytest.mark.parametrize("name", [n for n in ALL["munit"] if n.startswith("munit_layernorm_B")])
def test_image_norm(name):
    batch = int(name.removeprefix("munit_layernorm_B"))

    found = fill(ImageNorm(4))(image(batch, 4, 5, 6, 0))

    assert_summary(found, ALL["munit"][name])


def munit_parts(generator):
    return {
        "enc_style": generator.style_encoder,
        "enc_content": generator.content_encoder,
        "dec": generator.decoder,
        "mlp": generator.style_reader,
    }


def test_munit_generator():
    expected = ALL["munit"]
    generator = MUNITGenerator(3, MUNITSettings())
    source, style = image(1, 3, 64, 64, 0), torch.linspace(-1, 1, 8, dtype=torch.float64)[None]

    for name, part in munit_parts(generator).items():
        fill(part)
        assert parameters(part) == expected["munit_params"][name]
        assert shapes(part) == expected["munit_param_shapes"][name]
    assert parameters(generator) == expected["munit_params"]["gen_total"]
    assert sum(generator.decoder.numbers) == expected["munit_num_adain_params"]
    with torch.no_grad():
        content = generator.content_encoder(source)
        assert_summary(content, expected["munit_content_64"])
        style_found = generator.style_encoder(source)[:, :, None, None]
        assert_summary(style_found, expected["munit_style_64"])
        assert_summary(generator.style_reader(style), expected["munit_mlp_out"])
        assert_summary(generator.decode(content, style), expected["munit_decode_64_style_linspace"])


def test_munit_discriminator():
    expected = ALL["munit"]["munit_dis"]
    discriminator = fill(MultiScaleDiscriminator(3, 64, 3, "reflect"))

    assert parameters(discriminator) == expected["param_count"]
    assert shapes(discriminator) == expected["param_shapes"]
    with torch.no_grad():
        on_real = discriminator(image(1, 3, 64, 64, 0))
        on_fake = discriminator(image(1, 3, 64, 64, 0.3))
    for answers, summary in zip(on_real, expected["outs"], strict=True):
        assert_summary(answers, summary)
    both = all_judged_fake(on_fake) + all_judged_real(on_real)
    assert both.item() == pytest.approx(expected["dis_loss"], rel=1e-7)
    # The reference judged img(0) here as if it were a fake.
    assert all_judged_real(on_real).item() == pytest.approx(expected["gen_loss"], rel=1e-7)


class EvenMUNIT(MUNIT):
    """Takes the golden styles instead of random ones."""

    drawn = 0

    def draw_style(self, images):
        self.drawn += 1
        return u(8, 9000 + self.drawn)[None] * math.sqrt(12)


@pytest.mark.parametrize("name", [n for n in ALL["munit"] if n.startswith("train2_MUNIT")])
def test_two_steps_of_munit(name):
    cycle_weight = float(name.rpartition("cyc")[2])
    munit = EvenMUNIT(
        3,
        3,
        MUNITSettings(width=16, style_width=32, discriminator_width=16, cycle_weight=cycle_weight),
    )
    networks = {
        "gen_a": munit.source_generator,
        "gen_b": munit.target_generator,
        "dis_a": munit.source_discriminator,
        "dis_b": munit.target_discriminator,
    }
    for i, network in enumerate(networks.values()):
        fill(network, 1000 * i)

    for losses, golden in zip(two_steps(munit), ALL["munit"][name], strict=True):
        found = {}
        for theirs, side in (("a", "source"), ("b", "target")):
            found |= {
                f"dis_{theirs}": losses[f"discriminator/{side}"],
                f"gen_adv_{theirs}": losses[f"generator/{side}"],
                f"gen_recon_x_{theirs}": losses[f"image/{side}"] / 10,
                f"gen_recon_c_{theirs}": losses[f"content/{side}"],
                f"gen_recon_s_{theirs}": losses[f"style/{side}"],
            }
        found["dis_total"] = found["dis_a"] + found["dis_b"]
        found["gen_total"] = torch.stack(list(losses.values())).sum() - found["dis_total"]
        found = {name: loss.item() for name, loss in found.items()}
        expected = {name: golden[name] for name in found}
        assert found == pytest.approx(expected, rel=1e-7)
        assert sums(networks) == pytest.approx(golden["param_abs_sum"], rel=1e-9)


def test_council_generator():
    expected = ALL["councilgan"]
    generator = CouncilGenerator(3, CouncilGANSettings())
    parts = {
        "enc_style": StyleEncoder(3, 64, 64, "zeros"),  # the reference has one, and no use for it
        "enc_content": generator.content_encoder,
        "dec": generator.decoder,
        "mlp": generator.style_reader,
    }
    source = image(1, 3, 64, 64, 0)
    style = torch.linspace(-1, 1, 64, dtype=torch.float64)[None]

    for name, part in parts.items():
        fill(part)
        assert parameters(part) == expected["council_params"][name]
        assert shapes(part) == expected["council_param_shapes"][name]
    assert sum(map(parameters, parts.values())) == expected["council_params"]["gen_total"]
    assert parameters(generator) == 17_404_236 - expected["council_params"]["enc_style"]
    assert sum(generator.decoder.numbers) == expected["council_num_adain_params"]
    with torch.no_grad():
        content = generator.content_encoder(source)
        assert_summary(content, expected["council_content_64"])
        made, masks = generator.decode(content, style, source)
    assert_summary(made, expected["council_decode_64_style_linspace"])
    assert_summary(masks, expected["council_mask_64"])


def test_council_gan_discriminators():
    expected = ALL["councilgan"]["council_dis"]
    discriminator = fill(MultiScaleDiscriminator(3, 64, 2, "zeros"))

    assert parameters(discriminator) == expected["param_count"]
    assert parameters(PairDiscriminator(6, 64, 2)) == 6_040_194
    with torch.no_grad():
        on_real = discriminator(image(1, 3, 64, 64, 0))
        on_fake = discriminator(image(1, 3, 64, 64, 0.3))
    for answers, summary in zip(on_real, expected["outs"], strict=True):
        assert_summary(answers, summary)
    both = all_judged_fake(on_fake) + all_judged_real(on_real)
    assert both.item() == pytest.approx(expected["dis_loss"], rel=1e-7)


def test_mask_losses():
    mask = (image(1, 3, 16, 16, 0) + 0.9) / 1.8

    found = {
        "zero_one": undecided(mask).item(),
        "small_square": painted_share(mask).square().item(),
        "small_abs": painted_share(mask).item(),
        "tv": raggedness(mask).item(),
    }

    assert found == pytest.approx(ALL["councilgan"]["council_mask_losses"], rel=1e-7)


class FirstChoice:
    """Stands for the golden dice."""

    def choice(self, things):
        return things[0]


class EvenCouncilGAN(CouncilGAN):
    """Takes the golden styles instead of random ones; the third of each step is not used."""

    drawn = 0

    def draw_style(self, images):
        self.drawn += 2 if self.drawn % 4 == 2 else 1
        return u(64, 9000 + self.drawn)[None] * math.sqrt(12)


def test_two_steps_of_council_gan():
    settings = CouncilGANSettings(
        width=8, style_width=16, blocks=2, discriminator_width=8, members=3
    )
    council = EvenCouncilGAN(3, 3, settings)
    council.dice = FirstChoice()
    council.step = 60_001  # the reference counts from 0
    style_encoder = len(StyleEncoder(3, 8, 64, "zeros").state_dict())
    for i in range(3):
        fill(council.generators[i], 3000 * i + style_encoder)
        fill(council.discriminators[i], 3000 * i + 1000)
        fill(council.council_discriminators[i], 3000 * i + 2000)

    golden_steps = ALL["councilgan"]["train2_Council_dim8_nres2_size3_64px_iter60000"]
    ours = {
        "dis_a2b": ("discriminator", 24),
        "dis_council_a2b": ("council_discriminator", 1),
        "gen_adv_a2b": ("generator", 24),
        "mask_zero_one": ("undecided", 0.5),
        "mask_total": ("painted", 0.5),
        "council_loss_weighted_matched": ("council", 1),
    }
    made = ("generator", "undecided", "painted", "council")
    for losses, golden in zip(two_steps(council), golden_steps, strict=True):
        for theirs, (name, weight) in ours.items():
            found = [losses[f"{name}/{i}"].item() / weight for i in range(3)]
            assert found == pytest.approx(golden[theirs], rel=1e-7), theirs
        totals = [sum(losses[f"{name}/{i}"].item() for name in made) for i in range(3)]
        assert totals == pytest.approx(golden["gen_total"], rel=1e-7)
        assert losses["council_match/2"].item() == pytest.approx(golden["w_match_last"], rel=1e-7)
