import numpy as np
import pytest
import rasterio

from crosslook.scenes.windows import grid

WINDOWS = grid((96, 96), 40, 40)


def no_pixels(path, windows, take):
    return [0] * len(windows)


@pytest.fixture
def raster(tmp_path):
    """A function that writes a raster of a kind and gives its path."""

    def write(kind):
        import tiling

        tiling.make_raster(tmp_path / f"{kind}.tif", kind, size=96, block=32)
        return tmp_path / f"{kind}.tif"

    return write


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_the_rasters_are_laid_out_as_products_are(raster):
    with rasterio.open(raster("tiled")) as dataset:
        assert (dataset.count, dataset.dtypes[0]) == (3, "uint16")
        assert dataset.block_shapes[0] == (32, 32)
        assert dataset.compression.name == "deflate"
        assert dataset.interleaving.name == "pixel"
    with rasterio.open(raster("striped")) as dataset:
        assert (dataset.count, dataset.dtypes[0]) == (1, "uint16")
        assert dataset.block_shapes[0] == (1, 96)
        assert dataset.compression is None
        assert len(np.unique(dataset.read())) > 100


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("kind", ["tiled", "striped"])
def test_all_ways_are_timed_and_told(raster, kind):
    import tiling

    runs = tiling.measure(raster(kind), WINDOWS, workers=[1, 2], repeats=1)
    text = "\n".join(tiling.lines(kind, runs, WINDOWS))

    assert [run.way for run in runs] == [
        "opening per patch",
        "row-major loop",
        "crosslook, 1 thread",
        "crosslook, 2 threads",
        "decode limit",
    ]
    assert all(run.cpu > 0 and run.wall > 0 for run in runs)
    assert text.count("at least") == len(tiling.AIMS[kind])


def test_aims_are_asked_of_the_most_threads_by_the_clock():
    import tiling

    seconds = {"opening per patch": 8, "row-major loop": 3, "decode limit": 1}
    ours = {"crosslook, 1 thread": 2.9, "crosslook, 2 threads": 2}
    runs = [tiling.Runs(way, 4.0, wall, 0) for way, wall in {**seconds, **ours}.items()]

    found = tiling.lines("tiled", runs, [(0, 0, 1000, 1000)] * 6)

    assert (
        "crosslook, 2 threads: 4.0x opening per patch by the clock, 1.0x by CPU time; met"
        in (found[-2])
    )
    assert found[-1].endswith(
        "1.5x row-major loop by the clock, 1.0x by CPU time; met: at least 1.2x"
    )
    assert not any("least" in line for line in found[:-2])
    assert found[1].split()[-6:] == ["4.00", "2", "8.00", "1", "100%", "0"]


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_ways_that_read_other_pixels_are_no_benchmark(raster, monkeypatch):
    import tiling

    monkeypatch.setattr(tiling, "in_a_loop", no_pixels)

    with pytest.raises(RuntimeError, match="'row-major loop' and 'opening per patch' read other"):
        tiling.measure(raster("striped"), WINDOWS, workers=[1], repeats=1)
