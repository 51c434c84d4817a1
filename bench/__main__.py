"""`python -m bench`: everything in one go; see the package's docstring."""

import argparse
import io
import sys
import time
from pathlib import Path

from bench import bodies, calls, chaos, cost, guards, noise, pacing, phone_report, start, sweeps, throughput
from bench.chart import chart
from bench.figures import FULL, QUICK, Curve, Measure, Section
from bench.machine import machine
from bench.report import PICTURE, data, markdown, summary, table

MEASURES: dict[str, Measure] = {
    "throughput": throughput.measure,
    "calls": calls.measure,
    "guards": guards.measure,
    "pacing": pacing.measure,
    "noise": noise.measure,
    "bodies": bodies.measure,
    "report": phone_report.measure,
    "sweep": sweeps.measure,
    "cost": cost.measure,
    "chaos": chaos.measure,
    "start": start.measure,
}
_FOLDER = Path(__file__).parent
_TITLE = "Users a second (simulated tenant, 80 ms a request)"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python dev.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short lists, one run each: only to see that it works")
    parser.add_argument("--only", choices=MEASURES, help="one measurement")
    options = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a Windows console may lack the signs
    scale = QUICK if options.quick else FULL
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"[{time.monotonic() - began:4.0f} s] {text}", file=sys.stderr, flush=True)

    names = [options.only] if options.only else list(MEASURES)
    sections = [MEASURES[name](scale, say) for name in names]
    minutes = (time.monotonic() - began) / 60
    print(f"{table(sections)}\n\n{summary(sections)}\nTook {minutes:.1f} minutes.")
    if options.quick:
        print("The floors are meant for the whole run: short lists hold them less often.")
    if options.quick or options.only:
        print("Nothing was written: only a whole run is.")
    else:
        write(sections, minutes)


def write(sections: list[Section], minutes: float) -> None:
    here = machine()
    curves: list[Curve] = [curve for section in sections for curve in section.curves]
    for name, text in (
        ("results.md", markdown(sections, here, minutes)),
        ("results.json", data(sections, here, minutes)),
        (PICTURE, chart(curves, _TITLE)),
    ):
        _FOLDER.joinpath(name).write_text(text, encoding="utf-8", newline="\n")
    print(f"Written: results.md, results.json and {PICTURE} in {_FOLDER.name}/.")


if __name__ == "__main__":
    main()
