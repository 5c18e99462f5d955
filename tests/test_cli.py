import os
import subprocess
import sys

from click.testing import CliRunner

from crosslook.cli import main


def cpu_seconds(*arguments):
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = os.times()
    return (after.children_user - before.children_user) + (
        after.children_system - before.children_system
    )


def test_help_answers_in_half_a_second_beyond_pythons_own_start():
    bare = min(cpu_seconds("-c", "import click") for _ in range(3))
    helped = min(cpu_seconds("-m", "crosslook", "--help") for _ in range(3))

    assert helped - bare < 0.5


def test_help_loads_neither_torch_nor_mlflow_nor_rasterio():
    code = (
        "import sys; from crosslook.cli import main; "
        "print([m for m in ('torch', 'mlflow', 'rasterio', 'numpy', 'optuna') if m in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert seen.stdout.strip() == "[]"


def test_user_errors_are_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    result = CliRunner().invoke(main, ["choose"])

    assert result.exit_code == 1
    assert result.output.startswith("Error: params.yaml is missing here: run crosslook in")
    assert result.output.count("\n") == 1


def test_every_command_explains_itself():
    for name, command in main.commands.items():
        assert command.short_help, name
        assert command.help, name
