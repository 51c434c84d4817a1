"""Developer commands; `python dev.py` lists them. They need nothing but Python 3.11 or newer.

Each command runs in a virtual environment beside this file: `.venv`, or `.venv-3.13` when `.venv` belongs to another
Python version. Lock files say what is in it. A stamp holds a hash of these, so that a second run starts at once.
"""

from __future__ import annotations  # an old Python must at least parse this file, to be told that it is too old

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

MINIMUM = (3, 11)
ROOT = Path(__file__).resolve().parent
# What is installed, with the options that each file needs of its own.
INSTALLED: dict[str, tuple[str, ...]] = {
    "requirements-dev-lock.txt": (),
    "requirements-worker.txt": ("--ignore-requires-python", "--no-deps"),
}
# Each lock file with the ranges that it is made from. The second takes the versions of the first, so that the tests run
# what ships.
LOCKS = {
    "requirements-lock.txt": ("requirements.txt",),
    "requirements-dev-lock.txt": ("requirements-dev.txt", "--constraints", "requirements-lock.txt"),
    ".github/requirements-audit-lock.txt": (".github/requirements-audit.txt",),
    ".github/requirements-kusto-lock.txt": (".github/requirements-kusto.txt",),
}
# One file for every system and every Python from the oldest on; the hash of each file that the package index has.
UV = ("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes")

# The first two make the functions worker library believe that it runs in Azure. The third, which container images often
# set, makes every process compile all libraries again: two seconds for each of the hundreds that the tests start. With
# the last, no module of this folder is found.
NOT_INHERITED = ("CONTAINER_NAME", "WEBSITE_INSTANCE_ID", "PYTHONDONTWRITEBYTECODE", "PYTHONSAFEPATH")

# pip refuses a file whose hash is not in the list. Without --no-compile a third of the time goes into bytecode of
# modules that nobody imports.
PIP_OPTIONS = ("--require-hashes", "--no-compile", "--no-input", "--disable-pip-version-check", "--progress-bar", "off")

# Only its parser is asked, by a long test, so it needs no lock file; its packages are no part of anything that ships.
AZURE_CLI = "azure-cli==2.91.0"

# What each does, and its options.
COMMANDS = {
    "demo": (
        "show what the app changes in a simulated tenant",
        "--verbose; --users N: a job; --hire; --report",
    ),
    "serve": ("keep app and tenant running, for calls of your own", "--port N, --shell sh|powershell"),
    "test": ("lint, types and all tests", "--long: slow tests too; the rest goes to pytest"),
    "lint": ("lint, format and type checks", ""),
    "fix": ("fix what the linter can fix, and format", ""),
    "bench": ("measure the app's speed, about 10 minutes", "--quick, --only NAME"),
    "check": ("check a deployed app", "--url URL; asks for the key, or MASTER_KEY"),
    "audit": ("print records of the audit trail as a table", "FILE..., --user ID, --caller NAME, --help for more"),
    "tag": ("the tag of a number in the audit trail", "--key-file FILE: with the app's own key"),
    "picture": ("make docs/demo.svg from a run of the demo", ""),
    "package": ("make the package for Azure, with Python 3.13", ""),
    "lock": ("fit the lock files to the ranges", "--upgrade: newest versions; all goes to uv"),
}
# The modules that are not in sandbox.
ELSEWHERE = {"bench": "bench", "package": "infra.package"}
LINT = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",))
FIX = (("ruff", "check", "--fix", "."), ("ruff", "format", "."))
# Many tests wait for processes: six keep two processors busy, and four did not. Neighbours stay together, and share
# their hosts, until another worker is idle.
PYTEST = ("pytest", "-n", "6", "--dist", "worksteal")
# They measure time and memory, so nothing runs beside them.
LONG = ("pytest", "-n", "0", "-s", "-m", "long")


def main() -> int:
    problem = python_problem(sys.version_info[:3])
    if problem:
        sys.exit(problem)
    command, *extra = sys.argv[1:] or ["--help"]
    if command in ("-h", "--help"):
        print(usage())
        return 0
    if command not in COMMANDS:
        sys.exit(f"dev.py has no command {command!r}.\n\n{usage()}")
    if extra and command in ("lint", "fix", "package"):
        sys.exit(f"dev.py {command} takes no arguments.")
    if command == "package":
        sys.path.insert(0, str(ROOT))  # PYTHONSAFEPATH leaves it out

        from infra import package

        if problem := package.version_problem(sys.version_info[:3]):
            sys.exit(problem)
    python = prepare()
    if command in ("demo", "serve", "check", "audit", "tag", "picture", "bench", "package"):
        return become(python, (ELSEWHERE.get(command, f"sandbox.{command}"), *extra))
    if command == "lint":
        return run_all(python, LINT)
    if command == "fix":
        return run_all(python, FIX)
    if command == "lock":
        return lock(python, extra)
    long, extra = "--long" in extra, [argument for argument in extra if argument != "--long"]
    if long:
        prepare_azure_cli()
    tests = ((*PYTEST, *extra), *(((*LONG, *extra),) if long else ()))
    return run_all(python, (*LINT, *tests))


def usage() -> str:
    lines = ["Developer commands; none of them needs Azure:", ""]
    for name, (text, options) in COMMANDS.items():
        lines.append(f"  python dev.py {name:<8} {text}")
        if options:
            lines.append(f"{'':25}  {options}")
    return "\n".join(lines)


def python_problem(version: tuple[int, ...]) -> str | None:
    """Why this Python cannot be used, and what to type instead."""
    if version >= MINIMUM:
        return None
    wanted, found = dotted(MINIMUM), dotted(version)
    return (
        f"This project needs Python {wanted} or newer, and this is {found}.\n"
        f"Install one, then run it by name: python{wanted} dev.py, or on Windows: py -{wanted} dev.py"
    )


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def venv_folder(root: Path, version: tuple[int, ...]) -> Path:
    """`.venv` unless another Python version made that one."""
    folder = root / ".venv"
    try:
        lines = folder.joinpath("pyvenv.cfg").read_text(encoding="utf-8").splitlines()
    except OSError:
        return folder
    settings = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
    made_by = settings.get("version") or settings.get("version_info") or ""
    return (
        folder
        if made_by.split(".")[:2] == [str(part) for part in version[:2]]
        else root / f".venv-{dotted(version[:2])}"
    )


def stamp(root: Path) -> str:
    """A hash of everything that gets installed."""
    return hashlib.sha256(b"\0".join(root.joinpath(name).read_bytes() for name in INSTALLED)).hexdigest()


def prepare() -> Path:
    """Install what is missing; gives the environment's Python."""
    folder = venv_folder(ROOT, sys.version_info[:2])
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp_file = folder / "dev-stamp.txt"
    wanted = stamp(ROOT)
    if python.exists() and stamp_file.is_file() and stamp_file.read_text(encoding="utf-8") == wanted:
        return python
    started = time.monotonic()
    version = dotted(sys.version_info[:3])
    print(f"Installing the requirements into {folder.name} for Python {version}, about a minute.", flush=True)
    make_venv(folder, python)
    for name, options in INSTALLED.items():
        install((str(python), "-m", "pip", "install", *PIP_OPTIONS, *options, "-r", str(ROOT / name)))
    stamp_file.write_text(wanted, encoding="utf-8")
    print(f"Ready in {time.monotonic() - started:.0f} s.\n", flush=True)
    return python


def prepare_azure_cli() -> None:
    """The real Azure CLI, in an environment of its own."""
    folder = ROOT / ".venv-azure"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp_file = folder / "dev-stamp.txt"
    if python.exists() and stamp_file.is_file() and stamp_file.read_text(encoding="utf-8") == AZURE_CLI:
        return
    print(f"Installing {AZURE_CLI} into {folder.name}, some minutes and 0.4 GB.", flush=True)
    make_venv(folder, python)
    install((str(python), "-m", "pip", "install", *PIP_OPTIONS[1:], AZURE_CLI))
    stamp_file.write_text(AZURE_CLI, encoding="utf-8")


def make_venv(folder: Path, python: Path) -> None:
    """Create the environment, or complete one that lost its Python or has no pip."""
    if python.exists() and subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        sys.exit(
            "This Python cannot make virtual environments: its modules venv and ensurepip are missing.\n"
            f"On Debian and Ubuntu: sudo apt install python3-venv (or python{dotted(sys.version_info[:2])}-venv)"
        )
    renew = [] if python.exists() else ["--clear"]
    done = subprocess.run([sys.executable, "-m", "venv", *renew, folder], capture_output=True, text=True)
    if done.returncode:
        sys.exit(
            f"{done.stdout}{done.stderr}\nThe virtual environment {folder} could not be made. The reason is above."
        )


def install(command: tuple[str, ...]) -> None:
    """Run pip behind one live line; its whole output is shown only when it fails."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    )
    assert process.stdout is not None  # noqa: S101 - for the type checker: it was asked for above
    output = []
    with process.stdout:
        for line in process.stdout:
            output.append(line)
            show_progress(progress(line.strip()))
    show_progress("")
    if process.wait():
        sys.exit(
            f"{''.join(output)}\npip could not install the requirements; its output is above.\n"
            "Check the network connection. If you need a proxy, set HTTPS_PROXY; if you use your own package index, "
            "set it with pip config.\nThen run the same command again."
        )


def progress(line: str) -> str | None:
    """The step that a line of pip's output reports; None for other lines."""
    verb, _, rest = line.partition(" ")
    if verb == "Collecting":
        return f"looking for {re.split('[^A-Za-z0-9._-]', rest)[0]}"
    if verb in ("Downloading", "Processing"):
        return f"{verb.lower()} {re.split('[/ ]', rest.split(' (')[0])[-1]}"
    if line.startswith("Installing collected packages"):
        return f"installing {rest.count(',') + 1} packages"
    return None


def show_progress(text: str | None) -> None:
    """Rewrite the live line; nothing when the output is not a terminal."""
    if text is not None and sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + f"  {text}"[:width].ljust(width), end="\r", flush=True)


def lock(python: Path, extra: list[str]) -> int:
    """Write the lock files anew. Versions that still fit stay, unless uv is told otherwise."""
    for name, source in LOCKS.items():
        command = (*UV, "--custom-compile-command", "python dev.py lock", "--output-file", name, *source, *extra)
        if code := run(python, command):
            return code
    return 0


def run_all(python: Path, commands: tuple[tuple[str, ...], ...]) -> int:
    """Run every tool, also after one has failed; 1 when any did."""
    rows, failed = [], False
    for command in commands:
        name = " ".join(command)
        print(f"--- {name}", flush=True)
        started = time.monotonic()
        code = run(python, command)
        failed = failed or code != 0
        rows.append(f"  {'ok' if code == 0 else 'FAILED':<7}{time.monotonic() - started:5.1f} s  {name}")
    print("\n".join(["", "Summary", *rows]), flush=True)
    return int(failed)


def become(python: Path, command: tuple[str, ...]) -> int:
    """Run a module in the environment as this very process, so that every signal reaches it. Windows has nothing of
    the kind: there it is a child."""
    if os.name == "nt":
        return run(python, command)
    os.chdir(ROOT)
    os.execve(python, [str(python), "-m", *command], inherited())


def run(python: Path, command: tuple[str, ...]) -> int:
    """Run a module in the environment. Ctrl-C is left to it, so that it can end cleanly."""
    interrupted: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupted.append(number))
    try:
        code = subprocess.call([python, "-m", *command], cwd=ROOT, env=inherited())
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted and code:
        sys.exit(130)
    return code


def inherited() -> dict[str, str]:
    """The environment variables that a module gets."""
    return {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}


def end_with_signals() -> None:
    """`kill` and a terminal that closes end this process as an error does: what it runs ends too."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        # `nohup` has SIGHUP ignored, and so it stays.
        if number and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, lambda number, _: sys.exit(128 + number))


if __name__ == "__main__":
    end_with_signals()
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
