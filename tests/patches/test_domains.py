from dataclasses import replace

import pytest

from crosslook.errors import InputError, RadiometryError
from crosslook.patches.domains import (
    composites_by_domain,
    contracts_by_domain,
    further_domains,
    held_out,
)
from crosslook.scenes.radiometry import Radiometry
from crosslook.scenes.stretches import OpticalComposite, SarComposite

TRUE_COLOUR = Radiometry("reflectance", ("B04", "B03", "B02"), 1e-4, 0.0, 0)
SENSORS = {"optical": OpticalComposite(), "sar": SarComposite()}


@pytest.fixture
def winter(make_scene):
    def make(name, split, radiometry=TRUE_COLOUR):
        return replace(make_scene(name, radiometry, split), domain="winter")

    return make


def ids(by_domain):
    return {domain: [scene.id for scene in own] for domain, own in by_domain.items()}


def test_scenes_of_a_domain_teach_or_are_held_out_and_never_test(small_world, winter):
    splits = ("unlabelled", "train", "dev", "test")
    scenes = [*small_world, *(winter(f"w_{split}", split) for split in splits)]

    assert ids(further_domains(scenes)) == {"winter": ["w_train", "w_unlabelled"]}
    assert ids(held_out(scenes)) == {"sar": ["dev"], "winter": ["w_dev"]}


def test_a_domain_is_made_as_its_sensor_is_or_as_is_said(small_world, winter):
    scenes, own = [*small_world, winter("ice", "train")], OpticalComposite(reflectance=(0.0, 1.0))

    assert composites_by_domain(scenes, SENSORS) == SENSORS | {"winter": OpticalComposite()}
    assert composites_by_domain(scenes, SENSORS | {"winter": own}) == SENSORS | {"winter": own}


def test_contracts_are_of_each_domain_alone(small_world, winter):
    eight_bit = winter("ice", "train", Radiometry("grey8", ("B04", "B03", "B02"), nodata=0))
    scenes = [*small_world, eight_bit]
    settings = composites_by_domain(scenes, SENSORS)

    contracts = contracts_by_domain(scenes, settings, False)

    assert [contracts[name]["unit"] for name in ("optical", "winter")] == ["reflectance", "grey8"]


def test_two_radiometries_in_one_domain_are_refused(small_world, winter):
    other = Radiometry("grey8", ("B04", "B03", "B02"), nodata=0)
    scenes = [*small_world, winter("ice", "train"), winter("thaw", "train", other)]

    with pytest.raises(RadiometryError, match="'ice' and 'thaw' cannot share patches"):
        contracts_by_domain(scenes, composites_by_domain(scenes, SENSORS), False)


def test_settings_of_a_domain_without_scenes_name_the_domains_there_are(small_world):
    with pytest.raises(InputError, match=r"domain 'snow' .* no scene; there is: optical, sar\."):
        composites_by_domain(small_world, SENSORS | {"snow": OpticalComposite()})
