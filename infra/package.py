"""Makes the deployment package `dist/*.zip`, which runs as it is: `python dev.py package`.

It holds what `stage.py` lays out and, where the Functions host looks for them, the locked dependencies for Python 3.13
on Linux. All of it is compiled: the package is mounted read-only, and without bytecode the first answer takes 2 s
longer. The bytecode is not compared with its source, because the times of the files are not kept. The same sources
make the same bytes.
"""

import json
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from infra import stage  # noqa: E402 - also when this is run as a file
from shared import VERSION  # noqa: E402

PYTHON = (3, 13)
SITE = Path(".python_packages/lib/site-packages")
# glibc 2.28 or older: the Linux that Azure runs Python 3.13 on is newer, and every locked package has such a wheel.
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")
PIP = (
    *("install", "--require-hashes", "--no-compile", "--only-binary=:all:", "--implementation", "cp"),
    *("--python-version", "3.13", "--quiet", "--no-input", "--disable-pip-version-check"),
)
# Scripts for a command line; names of places by number, 39 MB that the webhook never asks for.
LEFT_OUT = ("bin", "phonenumbers/geodata")
# They name the machine that pip ran on, or list files that are left out.
NOTES = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
TIME = (1980, 1, 1, 0, 0, 0)


def version_problem(version: tuple[int, ...]) -> str | None:
    """Why this Python cannot make the package."""
    if version[:2] == PYTHON:
        return None
    return (
        f"The package needs bytecode of Python 3.13, which Azure runs, and this is {version[0]}.{version[1]}.\n"
        "Run it by name: python3.13 dev.py package, or on Windows: py -3.13 dev.py package"
    )


def main() -> None:
    if problem := version_problem(sys.version_info[:3]):
        sys.exit(problem)
    target = ROOT / "dist" / f"mfa-phone-webhook-{VERSION}.zip"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "app"
        stage.stage(folder)
        install(folder / "requirements.txt", folder / SITE)
        compile_all(folder)
        target.parent.mkdir(exist_ok=True)
        write_zip(folder, target)
        describe(folder, target)


def install(requirements: Path, site: Path) -> None:
    """What the lock file names, as wheels for Azure's system, whatever this one is."""
    platforms = [part for name in PLATFORMS for part in ("--platform", name)]
    command = [sys.executable, "-m", "pip", *PIP, *platforms, "--target", str(site), "-r", str(requirements)]
    if subprocess.run(command, check=False).returncode:
        sys.exit("pip could not install the locked dependencies; its output is above.")
    prune(site)


def prune(site: Path) -> None:
    """Take out what nothing needs there, tests too: azure-functions-durable even installs a package of that name."""
    for path in [*(site / name for name in LEFT_OUT), *site.rglob("tests")]:
        shutil.rmtree(path, ignore_errors=True)
    for path in [path for name in NOTES for path in site.glob(f"*.dist-info/{name}")]:
        path.unlink()


def compile_all(folder: Path) -> None:
    """In a process of its own, whose strings hash the same each time: bytecode depends on what was compiled before.
    Variables for Python, such as PYTHONOPTIMIZE, would change what is made, and where."""
    command = [sys.executable, "-S", __file__, "--compile", str(folder)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run(command, check=True, env={**kept, "PYTHONHASHSEED": "0"}, cwd=folder)


def compile_each(folder: Path) -> None:
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for source in sorted(folder.rglob("*.py")):
        name = source.relative_to(folder).as_posix()
        py_compile.compile(str(source), dfile=name, doraise=True, invalidation_mode=mode)


def write_zip(folder: Path, target: Path) -> None:
    """The same bytes for the same files: in one order, with one time."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, TIME)
            info.create_system, info.external_attr = 3, 0o100644 << 16
            package.writestr(info, files[name].read_bytes(), zipfile.ZIP_DEFLATED, 9)


def describe(folder: Path, target: Path) -> None:
    """Its size, the largest parts, and how long Python takes to import it."""
    with zipfile.ZipFile(target) as package:
        sizes = [(part_of(info.filename), info.file_size) for info in package.infolist()]
    total = sum(size for _, size in sizes)
    print(f"{target.relative_to(ROOT).as_posix()}  {mega(target.stat().st_size)} MB, unpacked {mega(total)} MB")
    parts: dict[str, int] = {}
    for part, size in sizes:
        parts[part] = parts.get(part, 0) + size
    print("Largest parts, unpacked:")
    for part in sorted(parts, key=lambda name: -parts[name])[:5]:
        print(f"  {mega(parts[part]):>5} MB  {part}")
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        print("Import time: not measured, the package is for Linux on x86-64.")
        return
    index, first = min(import_time(folder) for _ in range(3))
    print(
        f"Import time, the best of three: {index:.2f} s to index, {first:.2f} s for what a first request and job need"
    )


def part_of(name: str) -> str:
    """The package that a file belongs to; `azure` is one folder of many."""
    site = f"{SITE.as_posix()}/"
    if not name.startswith(site):
        return "the webhook"
    first, _, rest = name.removeprefix(site).partition("/")
    return f"{first}.{rest.partition('/')[0]}" if first == "azure" else first.partition("-")[0]


def mega(size: int) -> str:
    return f"{size / 1e6:.1f}"


_IMPORT = """
import sys, time
sys.path[:0] = sys.argv[1:]
started = time.perf_counter()
import function_app
indexed = time.perf_counter()
function_app._import_ahead()
print([indexed - started, time.perf_counter() - indexed])
"""


def import_time(folder: Path) -> tuple[float, float]:
    """Of an index, and of what comes after it; nothing but the package and Python itself can be imported."""
    command = [sys.executable, "-I", "-S", "-B", "-c", _IMPORT, str(folder), str(folder / SITE)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"The package cannot be imported:\n{done.stderr}")
    index, first = json.loads(done.stdout)
    return index, first


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compile"]:
        compile_each(Path(sys.argv[2]))
    else:
        main()
