from crosslook import resume


def test_a_unit_is_named_by_everything_its_result_depends_on():
    first = resume.unit("tile", "a", {"size": 8}, version=1)

    assert resume.unit("tile", "a", {"size": 8}, version=1).key == first.key
    assert resume.unit("tile", "a", {"size": 9}, version=1).key != first.key
    assert resume.unit("tile", "a", {"size": 8}, version=2).key != first.key


def test_a_finished_unit_is_done_and_forgets_its_state(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    work = resume.unit("tile", "a", {}, version=1)
    work.state.mkdir(parents=True)
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "result.txt").write_text("42")

    assert not work.done
    resume.finish(work, tmp_path / "made")

    assert work.done
    assert not work.state.exists()
    resume.deliver(work, tmp_path / "build" / "tile")
    assert (tmp_path / "build" / "tile" / "result.txt").read_text() == "42"


def test_delivering_replaces_what_an_older_run_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    work = resume.unit("tile", "a", {}, version=1)
    (tmp_path / "made").mkdir()
    resume.finish(work, tmp_path / "made")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "old.txt").write_text("old")

    resume.deliver(work, tmp_path / "target")

    assert list((tmp_path / "target").iterdir()) == []
