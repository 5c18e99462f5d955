import copy

import pytest

from crosslook.scenes.catalogue_problems import scene_problem

ITEM = {
    "id": "harbour_1",
    "properties": {
        "datetime": "2024-06-01T00:00:00Z",
        "proj:code": "EPSG:32631",
        "proj:shape": [64, 64],
        "proj:transform": [10, 0, 500_000, 0, -10, 4_000_000],
        "crosslook:radiometry": {"unit": "grey8", "bands": ["VV"], "scale": 1, "offset": 0},
    },
    "assets": {"image": {"href": "./sar/harbour_1.tif"}},
}
WKT = 'PROJCRS["x"'


def changed(*keys, to):
    item = copy.deepcopy(ITEM)
    inner = item
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = to
    return scene_problem(item)


def of(key, to):
    return changed("properties", key, to=to)


def test_what_the_catalogue_writes_has_no_problem():
    assert scene_problem(ITEM) is None


@pytest.mark.parametrize("name", ["../../evil", "a/b", "", ".hidden", "a\nb", "x" * 200, None, 3])
def test_an_id_has_to_name_files(name):
    assert "has an id that cannot name files" in changed("id", to=name)


@pytest.mark.parametrize(
    "href", ["../a.tif", "/etc/passwd", "s3://b/a.tif", "a\\b.tif", "./x/../../a.tif", "a\0b"]
)
def test_files_lie_in_the_folder(href):
    assert "is no place in its folder" in changed("assets", "image", "href", to=href)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("proj:shape", [64], "has proj:shape [64], expected [height, width]"),
        ("proj:shape", [64, 0], "expected [height, width]"),
        ("proj:shape", [64, 2**40], "expected [height, width]"),
        ("proj:shape", [True, 64], "expected [height, width]"),
        ("proj:transform", [10, 0, 0], "expected six numbers"),
        ("proj:transform", [10, 0, float("nan"), 0, -10, 0], "expected six numbers"),
        ("proj:transform", [10**400, 0, 0, 0, -10, 0], "expected six numbers"),
        ("proj:transform", [0, 0, 0, 0, -10, 0], "or without area"),
        ("proj:code", "/etc/passwd", "has the CRS '/etc/passwd', expected proj:code EPSG:n"),
        ("proj:code", "EPSG:99999", "has the CRS 'EPSG:99999', which PROJ does not know"),
        ("proj:code", None, "has the CRS None"),
        ("datetime", "yesterday", "has datetime 'yesterday', expected a time such as"),
        ("crosslook:split", ["train"], "has crosslook:split ['train'], expected a word"),
        ("crosslook:notes", 1, "has crosslook:notes that are no object"),
        ("crosslook:radiometry", [], "has crosslook:radiometry []"),
        ("crosslook:radiometry", {"bands": "VV"}, "has the bands 'VV', expected a list of names"),
        ("crosslook:radiometry", {"bands": ["V\n"]}, "has bands whose names are no names"),
        ("crosslook:radiometry", {"scale": "1"}, "has scale '1', expected a number"),
        ("crosslook:radiometry", {"scale": 0}, "has scale 0"),
        ("crosslook:radiometry", {"nodata": {}}, "has nodata {}, expected a number"),
    ],
)
def test_a_property_is_what_it_has_to_be(key, value, message):
    assert message in of(key, value)


def test_wkt_is_wkt():
    item = copy.deepcopy(ITEM)
    item["properties"] |= {"proj:code": None, "proj:wkt2": "http://127.0.0.1/crs"}
    assert "expected proj:code EPSG:n or proj:wkt2" in scene_problem(item)
    item["properties"]["proj:wkt2"] = WKT
    assert "which PROJ does not know" in scene_problem(item)


@pytest.mark.parametrize("item", [None, [], 3, "x"])
def test_an_item_is_an_object(item):
    assert "expected a STAC item" in scene_problem(item)


def test_a_message_is_short_and_on_one_line():
    said = of("datetime", "x\n\ud800" * 1000)

    assert len(said) < 200 and said.isprintable()
