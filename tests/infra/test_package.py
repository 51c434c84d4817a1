"""infra/package.py: what the deployment package holds, the same bytes twice, and that it runs by itself."""

import json
import os
import py_compile
import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import dev
from infra import package, stage
from sandbox.host import indexed_functions
from shared import VERSION
from tests.infra.bicep import ROOT


def python_313() -> str | None:
    """One that works: a version manager has stubs of this name for versions that are not chosen."""
    found = shutil.which("python3.13")
    asked = [str(found), "-c", "import sys; print(sys.version_info[:2] == (3, 13))"]
    works = found and subprocess.run(asked, capture_output=True, check=False).stdout.strip() == b"True"
    return found if works else None


PYTHON_313 = python_313()
NEEDS_313 = pytest.mark.skipif(
    PYTHON_313 is None or os.name == "nt", reason="Python 3.13 (python3.13) is not on the PATH"
)
ELSEWHERE = {"tests", "sandbox", "bench", "docs", "infra", "pytest", "_pytest", "azure_functions_runtime"}
UNCHECKED_HASH = b"\x01\x00\x00\x00"  # PEP 552: by hash, and never compared with the source


def wheel_like(site: Path) -> None:
    """What pip leaves in a folder."""
    files = {
        "azure/durable/__init__.py": "x = {'a', 'b', 'c'}\n",
        "tests/test_durable.py": "",
        "certifi/core.py": "y = 1\n",
        "certifi/tests/test_core.py": "",
        "phonenumbers/geodata/data.py": "",
        "bin/jsonschema": "#!/home/somebody/python\n",
        "certifi-1.0.dist-info/METADATA": "Name: certifi\n",
        "certifi-1.0.dist-info/RECORD": "../../bin/jsonschema\n",
        "certifi-1.0.dist-info/INSTALLER": "pip\n",
    }
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text, encoding="utf-8")


def pack(folder: Path) -> Path:
    """As `package.main`, with a few files in the place of the dependencies."""
    stage.stage(folder)
    wheel_like(folder / package.SITE)
    package.prune(folder / package.SITE)
    package.compile_all(folder)
    package.write_zip(folder, folder.with_suffix(".zip"))
    return folder.with_suffix(".zip")


def test_it_holds_what_is_staged_and_the_dependencies_without_what_nobody_needs(tmp_path: Path) -> None:
    with zipfile.ZipFile(pack(tmp_path / "one")) as packed:
        names = {name for name in packed.namelist() if not name.endswith(".pyc")}
    stage.stage(tmp_path / "staged")
    staged = {path.relative_to(tmp_path / "staged").as_posix() for path in (tmp_path / "staged").rglob("*.*")}
    site = package.SITE.as_posix()
    dependencies = {name for name in names if name.startswith(site)}
    assert names - dependencies == {name for name in staged if (tmp_path / "staged" / name).is_file()} | {"LICENSE"}
    expected = {"azure/durable/__init__.py", "certifi/core.py", "certifi-1.0.dist-info/METADATA"}
    assert dependencies == {f"{site}/{name}" for name in expected}


def test_every_module_is_compiled_and_its_bytecode_needs_no_date(tmp_path: Path) -> None:
    with zipfile.ZipFile(pack(tmp_path / "one")) as packed:
        names = packed.namelist()
        compiled = {name for name in names if name.endswith(".pyc")}
        assert len(compiled) == len([name for name in names if name.endswith(".py")])
        assert [name for name in compiled if packed.read(name)[4:8] != UNCHECKED_HASH] == []
        text = b"".join(packed.read(name) for name in compiled)
    assert str(tmp_path).encode() not in text


def test_the_same_sources_make_the_same_bytes_wherever_and_whenever(tmp_path: Path) -> None:
    first = pack(tmp_path / "one")
    os.utime(ROOT / "host.json")
    second = pack(tmp_path / "another-place")
    assert first.read_bytes() == second.read_bytes()


def test_variables_of_the_shell_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pack(tmp_path / "one")
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "elsewhere"))
    assert first.read_bytes() == pack(tmp_path / "two").read_bytes()


def test_another_python_is_refused_also_where_python_does_not_look_beside_the_file() -> None:
    as_311 = "import runpy, sys; sys.version_info, sys.argv = (3, 11, 7), ['dev.py', 'package']"
    command = [sys.executable, "-P", "-c", f"{as_311}; runpy.run_path('dev.py', run_name='__main__')"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == f"{package.version_problem((3, 11, 7))}\n"


def test_another_python_says_so_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    assert package.version_problem((3, 13, 5)) is None
    problem = package.version_problem((3, 11, 7)) or ""
    assert "bytecode of Python 3.13" in problem
    assert "this is 3.11" in problem
    monkeypatch.setattr(sys, "argv", ["dev.py", "package"])
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    monkeypatch.setattr(dev, "prepare", lambda: pytest.fail("it must not install anything first"))
    with pytest.raises(SystemExit, match=r"python3\.13 dev\.py package"):
        dev.main()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("shared/log.py", "the webhook"),
        (f"{package.SITE.as_posix()}/azure/storage/blob/x.py", "azure.storage"),
        (f"{package.SITE.as_posix()}/phonenumbers/x.py", "phonenumbers"),
        (f"{package.SITE.as_posix()}/msal-1.39.0.dist-info/METADATA", "msal"),
    ],
)
def test_sizes_are_told_by_package(name: str, part: str) -> None:
    assert package.part_of(name) == part


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The package itself, made by Python 3.13 with pip, and what was printed."""
    folder = tmp_path_factory.mktemp("package")
    environment = {
        name: value for name, value in os.environ.items() if name.upper() not in ("HTTPS_PROXY", "HTTP_PROXY")
    }
    python = folder / "python" / "bin" / "python"
    subprocess.run([str(PYTHON_313), "-m", "venv", str(folder / "python")], check=True, env=environment)
    done = subprocess.run(
        [python, "-m", "infra.package"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return ROOT / "dist" / f"mfa-phone-webhook-{VERSION}.zip", done.stdout


@pytest.mark.long
@NEEDS_313
def test_it_prints_size_largest_parts_and_import_time(built: tuple[Path, str]) -> None:
    target, out = built
    lines = out.splitlines()
    assert lines[0].startswith(f"dist/{target.name}  ")
    assert len([line for line in lines if line.startswith("  ")]) == 5
    assert target.stat().st_size < 30e6
    assert lines[-1].startswith("Import time")


@pytest.mark.long
@NEEDS_313
def test_nothing_of_tests_or_sandbox_is_in_it(built: tuple[Path, str]) -> None:
    with zipfile.ZipFile(built[0]) as packed:
        names = packed.namelist()
    assert [name for name in names if ELSEWHERE & set(name.split("/")[:-1])] == []
    assert [name for name in names if name.endswith((".exe", ".dylib"))] == []


@pytest.mark.long
@NEEDS_313
def test_it_indexes_under_microsofts_library_from_the_unzipped_file_alone(
    built: tuple[Path, str], tmp_path: Path
) -> None:
    app = tmp_path / "wwwroot"
    with zipfile.ZipFile(built[0]) as packed:
        packed.extractall(app)
    library = find_spec("azure_functions_runtime")
    assert library
    assert library.origin
    shutil.copytree(Path(library.origin).parent, tmp_path / "host" / "azure_functions_runtime")
    ask = """
import json, sys
from pathlib import Path
from sandbox.host import indexed_functions
from importlib.util import find_spec
for name in ("azure.durable_functions", "requests"):
    assert find_spec(name).origin.startswith(sys.argv[1]), name
print(json.dumps(sorted(function.name for function in indexed_functions(Path(sys.argv[1]), {}))))
"""
    done = subprocess.run(
        [str(PYTHON_313), "-B", "-c", ask, str(app)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{app / package.SITE}:{tmp_path / 'host'}:{ROOT}"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    assert json.loads(done.stdout) == sorted(function.name for function in indexed_functions(ROOT, {}))
    assert package.PYTHON == (3, 13)


def test_py_compile_of_this_python_marks_bytecode_as_expected(tmp_path: Path) -> None:
    """The constant above against Python's own reading."""
    (tmp_path / "x.py").write_text("", encoding="utf-8")
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    made = py_compile.compile(str(tmp_path / "x.py"), invalidation_mode=mode)
    assert Path(str(made)).read_bytes()[4:8] == UNCHECKED_HASH
