import pytest
import shapely
from label_files import CRS, collection, feature, harbour, pixels, read, row, write
from label_files import coco as coco_of
from rasterio.warp import transform_geom
from shapely.geometry import mapping, shape

from crosslook.errors import InputError
from crosslook.patches.annotations import to_map

BOX = (10, 20, 40, 60)  # left, top, right, bottom in pixels
ON_MAP = to_map(shapely.box(*BOX), CRS, harbour().affine)
VOC = (
    "<annotation><filename>harbour.jpg</filename><size><width>400</width><height>300</height>"
    "</size><object><name>port</name><difficult>0</difficult><bndbox><xmin>10</xmin>"
    "<ymin>20</ymin><xmax>40</xmax><ymax>60</ymax></bndbox></object></annotation>"
)
CVAT = (
    '<annotations><version>1.1</version><image id="0" name="harbour.png" width="400" '
    'height="300"><box label="port" xtl="10" ytl="20" xbr="40" ybr="60"/></image></annotations>'
)
STUDIO = [
    {
        "id": 1,
        "data": {"image": "/data/upload/1/0a1b2c3d-harbour.png"},
        "annotations": [
            {
                "result": [
                    {
                        "type": "rectanglelabels",
                        "original_width": 400,
                        "original_height": 300,
                        "value": {
                            "x": 2.5,
                            "y": 20 / 3,
                            "width": 7.5,
                            "height": 40 / 3,
                            "rotation": 0,
                            "rectanglelabels": ["port"],
                        },
                    }
                ]
            }
        ],
    }
]
FORMATS = {
    "geojson": collection(feature(ON_MAP, **{"class": "port"})),
    "coco": coco_of(row((10, 20, 30, 40))),
    "voc": VOC,
    "cvat": CVAT,
    "label studio": STUDIO,
}


def refused(path, message, images=None, **reading):
    with pytest.raises(InputError, match=message) as error:
        read(path, images, **reading)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_is_known_by_its_content(tmp_path, form):
    (one,) = read(write(tmp_path / "labels.dat", FORMATS[form]))

    assert pixels(one).bounds == pytest.approx(BOX, abs=0.01)
    assert one.name == one.properties["class"] == "port"
    assert one.properties["source"] == "labels.dat"
    assert one.scene == (None if form == "geojson" else "harbour")


def test_utf_8_with_a_mark_in_front_is_read(tmp_path):
    path = tmp_path / "l.json"
    path.write_bytes(b"\xef\xbb\xbf" + write(path, FORMATS["geojson"]).read_bytes())

    assert len(read(path)) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON, nor a label file: expected GeoJSON, GeoPackage, COCO"),
        ("a,b\n1,2\n", "is not JSON, nor a label file"),
        ("PK\x03\x04....", "is a zip: unpack it"),
        ("<kml/>", "begins with <kml>"),
        ("[]", "is a list, but no export of Label Studio"),
        ('[{"image_id": 1, "bbox": [1, 2, 3, 4]}]', "need their images and categories"),
        ("{}", "is not a GeoJSON FeatureCollection"),
        ('{"type": "FeatureCollection", "features": {}}', "its features are no list"),
    ],
)
def test_what_is_no_label_file_is_refused(tmp_path, content, message):
    refused(write(tmp_path / "l.txt", content), message)


def test_a_file_that_is_missing_is_named(tmp_path):
    refused(tmp_path / "l.json", "l.json is missing")


@pytest.mark.parametrize("code", [32631, 3857, 27700, 4258, 2154])
def test_geojson_of_another_crs_comes_to_wgs84(tmp_path, code):
    there = shape(transform_geom("EPSG:4326", f"EPSG:{code}", mapping(ON_MAP)))
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    declared = write(tmp_path / "a.json", collection(feature(there), crs=crs))
    plain = write(tmp_path / "b.json", collection(feature(there)))

    assert pixels(read(declared)[0]).bounds == pytest.approx(BOX, abs=0.01)
    assert pixels(read(plain, crs=f"epsg:{code}")[0]).bounds == pytest.approx(BOX, abs=0.01)


def test_a_crs_that_contradicts_the_file_is_refused(tmp_path):
    crs = {"type": "name", "properties": {"name": "EPSG:32631"}}
    path = write(tmp_path / "a.json", collection(feature(ON_MAP), crs=crs))

    refused(path, "declares EPSG:32631, --labels-crs says EPSG:3857", crs="EPSG:3857")


@pytest.mark.parametrize(
    "name", ["http://127.0.0.1/x", "/etc/passwd", "EPSG:999999", "+proj=utm", "{}", "EPSG:4326\n(x"]
)
def test_a_crs_that_is_no_epsg_code_is_refused(tmp_path, name):
    crs = {"type": "name", "properties": {"name": name}}
    path = write(tmp_path / "a.json", collection(feature(ON_MAP), crs=crs))

    refused(path, "its CRS")


def test_metres_without_a_crs_are_refused(tmp_path):
    path = write(tmp_path / "a.json", collection(feature(shapely.box(5e5, 4e6, 6e5, 5e6))))

    refused(path, r"say in which CRS it is \(--labels-crs EPSG:32631\)")


@pytest.mark.parametrize(
    "outline",
    [
        shapely.box(179.99, -17.01, 180.01, -17),
        shapely.box(-180.01, -17.01, -179.99, -17),
        shapely.box(-179.99, -17.01, 179.99, -17),
        shapely.MultiPolygon(
            [shapely.box(179.99, -17.01, 180, -17), shapely.box(-180, -17.01, -179.99, -17)]
        ),
    ],
)
def test_however_a_label_crosses_the_antimeridian_it_is_cut_there(tmp_path, outline):
    (one,) = read(write(tmp_path / "a.json", collection(feature(outline))))

    assert [part.bounds for part in sorted(one.outline.geoms, key=lambda part: part.bounds)] == [
        pytest.approx((-180, -17.01, -179.99, -17), abs=1e-9),
        pytest.approx((179.99, -17.01, 180, -17), abs=1e-9),
    ]


def test_a_label_across_the_antimeridian_in_metres_is_cut_there(tmp_path):
    outline = shapely.box(818_000, 8_100_000, 820_500, 8_101_000)
    path = write(tmp_path / "a.json", collection(feature(outline)))

    (one,) = read(path, crs="EPSG:32760")

    assert len(one.outline.geoms) == 2
    assert one.outline.is_valid
    assert one.outline.area < 1e-3


def test_points_need_a_box_size(tmp_path):
    path = write(tmp_path / "a.json", collection(feature(ON_MAP.centroid, **{"class": "ship"})))

    refused(path, "label 0 is a Point; draw it as a polygon, or give --box-size-m")
    (one,) = read(path, box_size_m=100)
    assert pixels(one).bounds == pytest.approx((20, 35, 30, 45), abs=0.02)


def test_every_point_of_a_multipoint_is_a_label(tmp_path):
    points = shapely.MultiPoint([(3.0, 39.7), (3.01, 39.7)])

    found = read(write(tmp_path / "a.json", collection(feature(points))), box_size_m=100)

    assert [one.id for one in found] == ["0.1", "0.2"]


@pytest.mark.parametrize("size", [0, -5, float("nan"), 1e9])
def test_an_absurd_box_size_is_refused(size):
    with pytest.raises(InputError, match="must be above 0, up to 100000"):
        read("never.json", box_size_m=size)


def test_an_image_may_have_another_folder_and_suffix_in_the_label_file(tmp_path):
    names = ["C:\\work\\harbour.png", "/data/harbour.jpg", "0a1b2c3d-harbour.tif", "harbour"]
    names += ["harbour_tif.rf.1a2b3c.jpg"]
    for name in names:
        images = [{"id": 5, "file_name": name, "height": 300, "width": 400}]
        path = write(tmp_path / "a.json", coco_of(row(), images=images))

        assert read(path)[0].scene == "harbour"


def test_an_image_that_is_not_there_is_named(tmp_path):
    path = write(tmp_path / "a.json", FORMATS["coco"])

    refused(path, r"'harbour.tif', which is not among the scenes \(quay\)", [harbour("quay")])


def test_an_image_of_another_size_is_refused_with_both_sizes(tmp_path):
    path = write(tmp_path / "a.json", FORMATS["coco"])

    refused(
        path,
        r"'harbour.tif' of 300 x 400 px, but 'harbour' has 150 x 200 \(height x width\)",
        [harbour(size=(150, 200))],
    )


def test_labels_of_a_patch_name_the_patch_and_its_scene(tmp_path):
    path = write(tmp_path / "a.json", FORMATS["coco"])

    (one,) = read(path, [harbour(scene="coast")])

    assert (one.properties["scene"], one.properties["patch"]) == ("coast", "harbour")


def test_ids_may_stand_once(tmp_path):
    items = [feature(ON_MAP) | {"id": name} for name in ("7", 7)]
    path = write(tmp_path / "a.json", collection(*items))

    refused(path, "label 7 stands twice: ids of labels must differ")


def test_flags_are_read_in_words_and_numbers(tmp_path):
    for word, meant in (("yes", True), (1, True), ("False", False), (0, False), (None, False)):
        path = write(tmp_path / "a.json", collection(feature(ON_MAP, ignore=word)))

        assert read(path)[0].properties["ignore"] is meant

    path = write(tmp_path / "a.json", collection(feature(ON_MAP, ignore="perhaps")))
    refused(path, "label 0: ignore is 'perhaps', expected true or false")


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (7, "label 0 has no readable geometry"),
        ({}, "label 0 has no readable geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": 5}}, "has no readable geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [["a"]]}}, "has no readable geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [[[1, 2], [3]]]}}, "readable geometry"),
        ({"geometry": {"type": "Blob", "coordinates": []}}, "has no readable geometry"),
        ({"geometry": mapping(ON_MAP), "properties": [1]}, "properties that are no object"),
        ({"geometry": mapping(ON_MAP), "properties": {"class": [1]}}, "has the class"),
        ({"geometry": mapping(ON_MAP), "properties": {"class": "a\nb"}}, "has the class"),
        ({"geometry": mapping(ON_MAP), "properties": {"class": " "}}, "has the class"),
        ({"geometry": mapping(ON_MAP), "properties": {"class": "x" * 999}}, "has the class"),
        ({"geometry": mapping(ON_MAP), "id": [1]}, "has an id that is neither"),
        ({"geometry": mapping(ON_MAP), "id": "a\nb"}, "has the id 'a"),
        ({"geometry": mapping(shapely.LineString([(1, 2), (3, 4)]))}, "is a LineString"),
        ({"geometry": mapping(shapely.Polygon())}, "is a Polygon; draw|no readable"),
        (
            {"geometry": mapping(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))},
            "is not a valid polygon: Self-intersection",
        ),
        ({"geometry": {"type": "Polygon", "coordinates": [[[1e999, 0]] * 4]}}, "finite|not JSON"),
    ],
)
def test_a_feature_that_is_no_label_is_refused(tmp_path, item, message):
    refused(write(tmp_path / "a.json", collection(item)), message)


def test_an_outline_that_goes_around_for_ever_is_refused(tmp_path):
    zigzag = [(-89 + 178 * (i % 2), i * 1e-3) for i in range(200)]
    outline = shapely.Polygon([*zigzag, (-89, 1), (-89.5, 0)])
    path = write(tmp_path / "a.json", collection(feature(outline)))

    refused(path, "is not a valid polygon|degrees around: draw it again")
