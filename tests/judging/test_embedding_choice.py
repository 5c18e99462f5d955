import pytest

from crosslook.errors import InputError, MissingWeightsError
from crosslook.judging import embedding_choice
from crosslook.judging.embedding_choice import choose_embedders
from crosslook.scores.embedder_settings import EmbedderSettings

PLAIN = EmbedderSettings()


class Preparation:
    def require(self, name, shape, contract):
        if shape != (3, 32, 32) or contract["sensor"] != "sar":
            raise InputError(f"{name} cannot read {shape} of {contract['sensor']}")


class Network:
    key, dimensions, preprocessing, preparation = "key-1", 8, "as they are", Preparation()


@pytest.fixture(autouse=True)
def loading(monkeypatch):
    def load(name, settings):
        if name == "inception_fid":
            raise MissingWeightsError(f"{name}: no weights are given.")
        if name == "resnet50_imagenet":
            raise InputError("the file is damaged")
        return Network()

    embedding_choice.loaded.cache_clear()
    monkeypatch.setattr(embedding_choice, "load_embedder", load)
    yield
    embedding_choice.loaded.cache_clear()


def test_what_lacks_weights_or_cannot_read_the_patches_is_left_out_with_its_reason(
    write_side, sar, optical
):
    wanted = {"resnet18_random": PLAIN, "inception_fid": PLAIN}
    chosen = choose_embedders(wanted, write_side("sar", sar))
    other = choose_embedders({"resnet18_random": PLAIN}, write_side("optical", optical))

    assert chosen.keys == {"resnet18_random": "key-1"}
    assert chosen.left_out == (
        {"embedder": "inception_fid", "reason": "inception_fid: no weights are given."},
    )
    assert other.left_out[0]["reason"] == "resnet18_random cannot read (3, 32, 32) of optical"


def test_damaged_weights_are_an_error_and_not_left_out(write_side, sar):
    with pytest.raises(InputError, match="the file is damaged"):
        choose_embedders({"resnet50_imagenet": PLAIN}, write_side("sar", sar))
