"""Randomly filled networks, saved to a file, play what is published."""

import hashlib
import pickle
import sys
from dataclasses import replace
from types import SimpleNamespace
from urllib.error import URLError

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import inception
from torchvision.models.inception import Inception3

from crosslook.errors import InputError, MissingWeightsError
from crosslook.scores.embedder_settings import EmbedderSettings
from crosslook.scores.embedding import embed, load_embedder
from crosslook.scores.embedding_inception import fid_inception
from crosslook.scores.embedding_resnets import resnet, seeded_resnet

DUAL = {
    "composite_bands": ["VH", "VV", "VH/VV"],
    "unit": "sigma0_db",
    "stretch": [[-26.0, -5.0], [-20.0, 0.0], [0.0, 1.0]],
}


def patches(n, size=32):
    return np.random.default_rng(0).integers(1, 256, (n, 3, size, size), np.uint8)


def filled(network):
    """The tensors of a network, random where they are weights of layers."""
    draw = torch.Generator().manual_seed(0)
    for name, parameter in network.named_parameters():
        if parameter.ndim == 4:
            torch.nn.init.kaiming_normal_(parameter.data, generator=draw)
        else:
            parameter.data.fill_(1.0 if name.endswith("weight") else 0.1)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.reset_running_stats()
    return dict(network.state_dict())


@pytest.fixture(scope="module")
def trained():
    """A ResNet-50 for three bands, with the classifier that published files have."""
    tensors = dict(seeded_resnet("resnet50", seed=7)[0].state_dict())
    return tensors | {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}


def saved(path, tensors):
    """Settings that name the file."""
    if path.suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    return EmbedderSettings(weights=str(path), sha256=sha256(path))


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def same(found, expected):
    return np.abs(found - expected).max() <= 1e-5 * np.linalg.norm(expected, axis=1).max()


def test_the_fid_network_is_torchvisions_with_two_pools_changed(monkeypatch):
    ours = fid_inception().eval()
    tensors = filled(ours)
    theirs = Inception3(1008, aux_logits=False, init_weights=False).eval()
    theirs.fc = theirs.dropout = torch.nn.Identity()
    theirs.load_state_dict(tensors)
    calls = []

    def pool(x, **size):
        calls.append(size)
        if len(calls) == 9:  # three blocks A, four C, two E
            return torch.nn.functional.max_pool2d(x, 3, stride=1, padding=1)
        return torch.nn.functional.avg_pool2d(x, **size, count_include_pad=False)

    seen = torch.randn(1, 3, 171, 171, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        found = ours(seen)
        plain = theirs(seen)
        monkeypatch.setattr(
            inception, "F", SimpleNamespace(**vars(inception.F) | {"avg_pool2d": pool})
        )
        expected = theirs(seen)

    assert len(calls) == 9
    assert found.shape == (1, 2048)
    assert expected.min() >= 0 and expected.max() > 0.1
    assert same(found.numpy(), expected.numpy())
    assert not same(plain.numpy(), expected.numpy())


def test_published_names_fit_the_fid_network(tmp_path):
    tensors = filled(fid_inception())
    classes = {"fc.weight": torch.zeros(1008, 2048), "fc.bias": torch.zeros(1008)}
    settings = saved(tmp_path / "inception.pth", tensors | classes)

    embedder = load_embedder("inception_fid", replace(settings, size_px=96))
    one, both = (embed(embedder, patches(2), {}, batch=batch) for batch in (1, 2))

    assert embedder.key == f"inception_fid-bicubic96-{settings.sha256[:12]}"
    assert one.shape == (2, 2048)
    assert one.std() > 0.01
    assert same(one, both)


def test_torchvisions_own_inception_is_refused(tmp_path):
    settings = saved(tmp_path / "google.pth", {"fc.weight": torch.zeros(1000, 2048)})

    with pytest.raises(InputError, match="tell 1000 classes apart, those of the FID 1008"):
        load_embedder("inception_fid", settings)


def test_imagenet_weights_lose_their_classifier(tmp_path, trained):
    embedder = load_embedder("resnet50_imagenet", saved(tmp_path / "resnet50.pth", trained))

    one, eight = (embed(embedder, patches(8), {}, batch=batch) for batch in (1, 8))

    assert one.shape == (8, 2048)
    assert same(one, eight)


def test_sentinel_1_weights_take_two_bands(tmp_path):
    network = resnet("resnet50", bands=2)
    settings = saved(tmp_path / "s1.safetensors", filled(network))
    embedder = load_embedder("resnet50_ssl4eo_s1", settings)

    found = embed(embedder, patches(2), DUAL)

    assert found.shape == (2, 2048)
    other = DUAL | {"stretch": [[-30.0, 0.0], [-25.0, 5.0], [0.0, 1.0]]}
    assert not same(embed(embedder, patches(2), other), found)


def test_counts_of_batches_may_be_missing(tmp_path, trained):
    fewer = {name: x for name, x in trained.items() if not name.endswith("num_batches_tracked")}

    load_embedder("resnet50_imagenet", saved(tmp_path / "old.pth", fewer))


def test_a_checkpoint_gives_its_state_dict(tmp_path, trained):
    load_embedder("resnet50_imagenet", saved(tmp_path / "w.pth", {"state_dict": trained}))


@pytest.mark.parametrize("name", ["inception_fid", "resnet50_imagenet", "resnet50_ssl4eo_s1"])
def test_without_weights_one_line_says_what_to_write(name):
    with pytest.raises(MissingWeightsError, match=f"^{name} has no weights: set weights") as error:
        load_embedder(name)

    assert "sha256" in str(error.value)
    assert ("download: true" in str(error.value)) == (name != "inception_fid")


def test_a_missing_file_is_named():
    settings = EmbedderSettings(weights="no/such.pth", sha256="0" * 64)

    with pytest.raises(MissingWeightsError, match=r"there is no file no/such\.pth"):
        load_embedder("inception_fid", settings)


def test_a_file_without_sha256_is_refused(tmp_path):
    (tmp_path / "w.pth").write_bytes(b"anything")

    with pytest.raises(InputError, match="need sha256 beside them") as error:
        load_embedder("inception_fid", EmbedderSettings(weights=str(tmp_path / "w.pth")))

    assert not isinstance(error.value, MissingWeightsError)


def test_another_file_than_the_params_say_is_not_read(tmp_path, monkeypatch):
    (tmp_path / "w.pth").write_bytes(b"anything")
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("it was read"))

    with pytest.raises(InputError, match=f"have sha256 {sha256(tmp_path / 'w.pth')}, expected 000"):
        load_embedder(
            "inception_fid", EmbedderSettings(weights=str(tmp_path / "w.pth"), sha256="0" * 64)
        )


def test_no_code_in_a_pickle_runs(tmp_path):
    class Bomb:
        def __reduce__(self):
            return pytest.fail, ("it ran",)

    (tmp_path / "w.pth").write_bytes(pickle.dumps(Bomb(), protocol=2))
    settings = EmbedderSettings(weights=str(tmp_path / "w.pth"), sha256=sha256(tmp_path / "w.pth"))

    with pytest.raises(InputError, match="no readable file of plain tensors"):
        load_embedder("inception_fid", settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.pop("bn1.weight"), "lack bn1.weight"),
        (lambda x: x.update(head=torch.zeros(1)), "hold head, which this network has not"),
        (
            lambda x: x.update({"bn1.bias": torch.zeros(7)}),
            r"bn1.bias of shape \(7,\), expected \(64,\)",
        ),
    ],
)
def test_weights_of_another_network_are_refused(tmp_path, trained, change, message):
    tensors = dict(trained)
    change(tensors)

    with pytest.raises(InputError, match=message):
        load_embedder("resnet50_imagenet", saved(tmp_path / "w.pth", tensors))


def test_random_networks_take_no_weights():
    with pytest.raises(InputError, match="takes no weights"):
        load_embedder("resnet18_random", EmbedderSettings(download=True))


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Where torch keeps downloads; and what was asked for."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    return tmp_path / "checkpoints"


def test_a_download_asks_torchvisions_address_and_checks_its_mark(hub, monkeypatch):
    asked = []

    def fetch(address, path, mark, progress):
        asked.append((address, mark, progress))
        raise URLError("no network")

    monkeypatch.setattr(torch.hub, "download_url_to_file", fetch)

    with pytest.raises(MissingWeightsError, match=r"could not be downloaded .*no network"):
        load_embedder("resnet50_imagenet", EmbedderSettings(download=True))

    assert asked == [
        ("https://download.pytorch.org/models/resnet50-0676ba61.pth", "0676ba61", True)
    ]


def test_a_downloaded_file_is_checked_again(hub):
    hub.mkdir()
    (hub / "resnet50-0676ba61.pth").write_bytes(b"broken off")

    with pytest.raises(InputError, match="expected 0676ba61"):
        load_embedder("resnet50_imagenet", EmbedderSettings(download=True))


def test_the_fid_network_is_not_downloaded():
    with pytest.raises(MissingWeightsError, match="cannot be downloaded"):
        load_embedder("inception_fid", EmbedderSettings(download=True))


@pytest.mark.parametrize("member", ["SENTINEL1_ALL_MOCO", "SENTINEL1_GRD_MOCO"])
def test_torchgeo_is_asked_for_its_address(hub, monkeypatch, member):
    entry = SimpleNamespace(url="https://example.org/a/s1-0123abcd.pth")
    weights = SimpleNamespace(**{member: entry})
    monkeypatch.setitem(sys.modules, "torchgeo", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "torchgeo.models", SimpleNamespace(ResNet50_Weights=weights))
    hub.mkdir()
    (hub / "s1-0123abcd.pth").write_bytes(b"found, but another file")

    with pytest.raises(InputError, match="expected 0123abcd"):
        load_embedder("resnet50_ssl4eo_s1", EmbedderSettings(download=True))


def test_a_torchgeo_that_renamed_its_weights_is_said(monkeypatch):
    other = SimpleNamespace(ResNet50_Weights=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "torchgeo", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "torchgeo.models", other)

    with pytest.raises(MissingWeightsError, match="this torchgeo knows none of SENTINEL1_GRD_MOCO"):
        load_embedder("resnet50_ssl4eo_s1", EmbedderSettings(download=True))


def test_without_torchgeo_the_download_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torchgeo.models", None)

    with pytest.raises(MissingWeightsError, match=r"pip install 'crosslook\[torchgeo\]'"):
        load_embedder("resnet50_ssl4eo_s1", EmbedderSettings(download=True))
