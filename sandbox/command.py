"""How the sandbox's commands begin and end: options that are wrong, Ctrl-C, `kill` and a reader that leaves early each
end with one sentence. Imports nothing heavy, so that this holds from the first moment."""

import argparse
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

# As a shell reports a program that was ended by SIGINT or by SIGPIPE: 128 and the signal's number.
INTERRUPTED, NO_READER = 130, 141
# Windows reports a pipe that nobody reads as an invalid argument.
_NOBODY_READS = (errno.EPIPE, errno.EINVAL) if os.name == "nt" else (errno.EPIPE,)
# What ends a process from outside. Windows has no SIGHUP.
_ENDING = [signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__]


class Parser(argparse.ArgumentParser):
    """Reports a wrong option in one sentence, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def run(main: Callable[[], None]) -> None:
    """Run a command in this process, and end it. `kill` and a terminal that closes are as Ctrl-C."""
    for number in _ENDING:
        # `nohup` has SIGHUP ignored, and so it stays.
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _interrupt)
    try:
        main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except OSError as error:
        if error.errno not in _NOBODY_READS:
            raise
        # The interpreter flushes standard output once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print("Stopped: nobody reads the output any more.", file=sys.stderr)
        sys.exit(NO_READER)


def _interrupt(*_: object) -> NoReturn:
    """Once: a terminal that closes can send SIGHUP twice, and the second must not end the cleaning up."""
    for ending in _ENDING:
        signal.signal(ending, signal.SIG_IGN)
    raise KeyboardInterrupt


def write(path: Path, content: bytes) -> None:
    """Make a file, and its folder."""
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        sys.exit(f"{path} cannot be written: {error.strerror}.")


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """The type of an option: a whole number in this range."""

    def convert(text: str) -> int:
        with contextlib.suppress(ValueError):
            if least <= int(text) <= most:
                return int(text)
        raise argparse.ArgumentTypeError(f"must be a whole number from {least:,} to {most:,}, not {text!r}")

    return convert
