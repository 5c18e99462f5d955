from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pytest

from crosslook import params
from crosslook.errors import ParamsError


@dataclass(frozen=True)
class Inner:
    size_px: int
    share: float = 0.5


@dataclass(frozen=True)
class Outer:
    name: str
    kind: Literal["a", "b"] = "a"
    pair: tuple[float, float] = (0.0, 1.0)
    names: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int | None = None
    inner: Inner = field(default_factory=lambda: Inner(8))

    def __post_init__(self) -> None:
        if self.pair[0] > self.pair[1]:
            raise ValueError(f"pair={list(self.pair)} must rise.")


@dataclass(frozen=True)
class Other:
    steps: int


@dataclass(frozen=True)
class Third:
    depth: int = 0


def build(**values):
    return params.build(Outer, values, "tile")


def test_the_lists_of_a_mapping_become_tuples():
    assert build(name="x", groups={"all": ["p", "q"]}).groups == {"all": ("p", "q")}


def test_a_wrong_value_in_a_mapping_is_named_with_its_key():
    with pytest.raises(ParamsError, match=r"groups.all: expected .*, found 'p'"):
        build(name="x", groups={"all": "p"})


def test_sections_become_dataclasses_and_lists_become_tuples():
    made = build(name="x", pair=[1, 2], names=["p", "q"], inner={"size_px": 4})

    assert made == Outer("x", "a", (1.0, 2.0), ("p", "q"), limit=None, inner=Inner(4, 0.5))
    assert isinstance(made.pair[0], float)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nmae": "x"}, "tile: unknown key 'nmae'. Did you mean 'name'?"),
        ({"name": "x", "inner": {"sise_px": 1}}, "tile.inner: unknown key 'sise_px'. Did you mean"),
        ({}, "tile: 'name' is required."),
        ({"name": 3}, "tile.name: expected str, found 3."),
        ({"name": "x", "kind": "c"}, "tile.kind: expected"),
        ({"name": "x", "pair": [1, 2, 3]}, "tile.pair: expected 2 values, found [1, 2, 3]."),
        ({"name": "x", "pair": [2, 1]}, "tile: pair=[2.0, 1.0] must rise."),
        ({"name": "x", "inner": 4}, "tile.inner: expected a section, found 4."),
        (
            {"name": "x", "inner": {"size_px": True}},
            "tile.inner.size_px: expected int, found True.",
        ),
        ({"name": "x", "inner": {"size_px": 1.5}}, "tile.inner.size_px: expected int, found 1.5."),
        ({"name": "x", "limit": "many"}, "tile.limit: expected"),
    ],
)
def test_what_no_stage_understands_is_refused(values, message):
    with pytest.raises(ParamsError) as error:
        build(**values)

    assert message in str(error.value)


def test_an_optional_value_may_be_null_or_given():
    assert build(name="x", limit=None).limit is None
    assert build(name="x", limit=3).limit == 3


def test_a_section_is_read_from_params_yaml(project):
    project({"tile": {"name": "x"}, "seed": 3, "detectors": ["one", "two"]})

    assert params.read(Outer, "tile").name == "x"
    assert params.seed() == 3
    assert params.names("detectors") == ["one", "two"]
    assert params.known("two", "detectors") == "two"
    assert params.section("nothing", "here") == {}


def test_an_unknown_name_is_answered_with_the_nearest(project):
    project({"detectors": ["faster_rcnn", "retinanet"]})

    with pytest.raises(ParamsError, match=r"detectors: no 'retinanot'. Did you mean 'retinanet'"):
        params.known("retinanot", "detectors")


def test_names_stand_once(project):
    project({"detectors": ["a", "a"]})

    with pytest.raises(ParamsError, match="expected a list of different names"):
        params.names("detectors")


def test_the_seed_is_a_whole_number(project):
    project({"seed": -1})

    with pytest.raises(ParamsError, match="expected a whole number >= 0, found -1"):
        params.seed()


def test_a_section_that_is_none_is_refused(project):
    project({"tile": [1, 2]})

    with pytest.raises(ParamsError, match=r"tile: expected a section, found \[1, 2\]"):
        params.section("tile")


def test_outside_the_project_the_file_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    params.load.cache_clear()

    with pytest.raises(ParamsError, match=r"params.yaml is missing here: run crosslook in the top"):
        params.load()


def test_what_is_no_yaml_is_refused_in_one_line(project):
    folder = project({})
    (folder / "params.yaml").write_text("tile: {size: [1\n")

    with pytest.raises(ParamsError, match=r"params.yaml is not YAML: ") as error:
        params.load()
    assert "\n" not in str(error.value)


def test_each_key_of_one_section_goes_to_the_dataclass_that_has_it():
    inner, other = params.divide(Inner, Other, {"steps": 5, "size_px": 2}, "train")

    assert (inner, other) == (Inner(2), Other(5))
    with pytest.raises(ParamsError, match=r"train: unknown key 'stesp'. Did you mean 'steps'"):
        params.divide(Inner, Other, {"stesp": 5}, "train")


def test_three_dataclasses_share_one_section():
    values = {"steps": 5, "depth": 1, "size_px": 2}

    assert params.divide_in_three(Inner, Other, Third, values, "train") == (
        Inner(2),
        Other(5),
        Third(1),
    )
    with pytest.raises(ParamsError, match=r"train: unknown key 'detph'\. Did you mean 'depth'\?"):
        params.divide_in_three(Inner, Other, Third, {"detph": 5}, "train")


def test_scenery_may_be_empty_or_missing_and_translations_may_not(project):
    project({"translations": ["a", "b"]})
    assert params.names("translations", "scenery") == ["a", "b"]

    project({"translations": [], "scenery": []})
    assert params.names("scenery") == []
    with pytest.raises(ParamsError, match=r"translations: expected a list of different names"):
        params.names("translations")


def test_no_name_stands_in_two_lists_that_are_read_as_one(project):
    project({"translations": ["a", "b"], "scenery": ["b"]})

    with pytest.raises(ParamsError, match="translations and scenery: expected a list of different"):
        params.known("a", "translations", "scenery")
