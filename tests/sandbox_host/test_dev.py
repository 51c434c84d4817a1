"""dev.py, as far as it goes without a network."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import dev


def run_dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "dev.py", *arguments], cwd=dev.ROOT, capture_output=True, text=True, timeout=30
    )


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_without_a_command_all_commands_are_listed(arguments: tuple[str, ...]) -> None:
    done = run_dev(*arguments)
    assert done.returncode == 0
    assert all(f"python dev.py {name} " in done.stdout for name in dev.COMMANDS)
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert done.stdout.isascii(), "not every console has more"


def test_an_unknown_command_is_refused_with_the_list() -> None:
    done = run_dev("tests")
    assert done.returncode == 1
    assert "has no command 'tests'" in done.stderr
    assert "python dev.py test " in done.stderr


@pytest.mark.parametrize("command", ["lint", "fix", "package"])
def test_what_has_no_options_takes_no_arguments(command: str) -> None:
    done = run_dev(command, "--help")
    assert (done.returncode, done.stderr) == (1, f"dev.py {command} takes no arguments.\n")


def test_an_old_python_is_told_what_to_type() -> None:
    problem = dev.python_problem((3, 9, 18))
    assert problem is not None
    assert "needs Python 3.11 or newer, and this is 3.9.18" in problem
    assert "py -3.11 dev.py" in problem
    assert dev.python_problem((3, 11, 0)) is None


def test_an_old_python_can_read_the_file() -> None:
    ast.parse(Path(dev.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize(
    ("made_by", "folder"),
    [
        (None, ".venv"),
        ("version = 3.12.1", ".venv"),
        ("version_info = 3.12.9.final.0", ".venv"),
        ("version = 3.11.7", ".venv-3.12"),
        ("home = /somewhere", ".venv-3.12"),
    ],
)
def test_each_python_version_has_its_own_environment(tmp_path: Path, made_by: str | None, folder: str) -> None:
    if made_by:
        tmp_path.joinpath(".venv").mkdir()
        tmp_path.joinpath(".venv", "pyvenv.cfg").write_text(f"include-system-site-packages = false\n{made_by}\n")
    assert dev.venv_folder(tmp_path, (3, 12)) == tmp_path / folder


def test_the_stamp_changes_with_either_requirements_file(tmp_path: Path) -> None:
    for name in dev.INSTALLED:
        tmp_path.joinpath(name).write_text("one\n")
    stamps = {dev.stamp(tmp_path)}
    for name in dev.INSTALLED:
        tmp_path.joinpath(name).write_text("two\n")
        stamps.add(dev.stamp(tmp_path))
    assert len(stamps) == 3
    assert dev.stamp(tmp_path) in stamps


def test_a_python_without_ensurepip_names_the_package_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SystemExit, match="apt install python3-venv"):
        dev.make_venv(tmp_path / ".venv", tmp_path / "no-python")


def test_when_pip_fails_its_whole_output_is_shown() -> None:
    script = "import sys; print('WARNING: first'); print('ERROR: last', file=sys.stderr); sys.exit(1)"
    with pytest.raises(SystemExit, match=r"(?s)WARNING: first.*ERROR: last.*Check the network"):
        dev.install((sys.executable, "-u", "-c", script))


def test_when_pip_succeeds_its_warnings_are_not_shown(capfd: pytest.CaptureFixture[str]) -> None:
    dev.install((sys.executable, "-c", "print('WARNING: old pip')"))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting msal<2,>=1.39 (from -r requirements.txt (line 7))", "looking for msal"),
        ("Downloading msal-1.39.0-py3-none-any.whl (131 kB)", "downloading msal-1.39.0-py3-none-any.whl"),
        ("Processing /wheels/idna-3.20-py3-none-any.whl (from requests)", "processing idna-3.20-py3-none-any.whl"),
        ("Installing collected packages: a, b, c", "installing 3 packages"),
        ("WARNING: Location is ignored", None),
    ],
)
def test_the_live_line_says_what_pip_is_doing(line: str, shown: str | None) -> None:
    assert dev.progress(line) == shown


def test_all_tools_run_and_one_failure_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    # With the last, no module of the project would be found.
    for name in (*dev.NOT_INHERITED, "PYTHONSAFEPATH"):
        monkeypatch.setenv(name, "1")
    asks = f"import os\nprint('left', [name for name in {dev.NOT_INHERITED} if name in os.environ])\n"
    tmp_path.joinpath("good.py").write_text(asks)
    tmp_path.joinpath("bad.py").write_text("raise SystemExit(3)\n")
    python = Path(sys.executable)
    assert dev.run_all(python, (("good",),)) == 0
    assert "left []" in capfd.readouterr().out
    assert dev.run_all(python, (("bad",), ("good", "-x"))) == 1
    summary = capfd.readouterr().out.split("Summary")[1].split()
    assert [word for word in summary if word in ("FAILED", "ok", "bad", "good")] == ["FAILED", "bad", "ok", "good"]


def test_the_app_is_locked_before_the_tools_and_a_failure_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    uv = "import sys\nprint(*sys.argv[sys.argv.index('--output-file') + 1 :])\nraise SystemExit('broken' in sys.argv)\n"
    tmp_path.joinpath("uv.py").write_text(uv)
    assert dev.lock(Path(sys.executable), ["--upgrade"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "requirements-lock.txt requirements.txt --upgrade",
        "requirements-dev-lock.txt requirements-dev.txt --constraints requirements-lock.txt --upgrade",
        ".github/requirements-audit-lock.txt .github/requirements-audit.txt --upgrade",
        ".github/requirements-kusto-lock.txt .github/requirements-kusto.txt --upgrade",
    ]
    assert dev.lock(Path(sys.executable), ["broken"]) == 1
    assert len(capfd.readouterr().out.splitlines()) == 1


def test_the_azure_cli_is_installed_once_into_an_environment_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[tuple[str, ...]] = []

    def make_venv(folder: Path, python: Path) -> None:
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "make_venv", make_venv)
    monkeypatch.setattr(dev, "install", installed.append)
    dev.prepare_azure_cli()
    dev.prepare_azure_cli()
    assert [command[-1] for command in installed] == ["azure-cli==2.91.0"]
    assert str(tmp_path / ".venv-azure") in installed[0][0]
    monkeypatch.setattr(dev, "AZURE_CLI", "azure-cli==2.92.0")
    dev.prepare_azure_cli()
    assert [command[-1] for command in installed] == ["azure-cli==2.91.0", "azure-cli==2.92.0"]
