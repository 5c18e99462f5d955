import pytest

from crosslook.errors import StaleError
from crosslook.tracking import promotions


def test_lines_are_added_at_the_end(tmp_path):
    path = tmp_path / "promotions.jsonl"

    promotions.append(path, {"ensemble": "a"})
    before = path.read_text()
    promotions.append(path, {"ensemble": "b"})

    assert path.read_text().startswith(before)
    assert promotions.read(path) == [{"ensemble": "a"}, {"ensemble": "b"}]


def test_without_the_file_nothing_was_promoted(tmp_path):
    assert promotions.read(tmp_path / "promotions.jsonl") == []


@pytest.mark.parametrize("line", ["{", "3"])
def test_a_damaged_line_is_named(tmp_path, line):
    path = tmp_path / "promotions.jsonl"
    path.write_text('{"ensemble": "a"}\n' + line + "\n")

    with pytest.raises(StaleError, match="line 2 is not a JSON object: restore it with"):
        promotions.read(path)
