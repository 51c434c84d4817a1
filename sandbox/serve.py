"""`python dev.py serve`: keeps the simulated tenant and the function app running, for calls by hand."""

import os

from sandbox.command import Parser, run, whole_number

DESCRIPTION = "Run the function app against a simulated tenant until Ctrl-C, and print calls to paste."
PORT = 7071  # Microsoft Learn, "Azure Functions Core Tools reference": func start --port, default 7071
SHELLS = ("sh", "powershell")


def main() -> None:
    parser = Parser(prog="python dev.py serve", description=DESCRIPTION)
    port, shell = whole_number(0, 65535), SHELLS[os.name == "nt"]
    parser.add_argument(
        "--port", type=port, default=PORT, metavar="N", help="of the function app (default: %(default)s)"
    )
    parser.add_argument("--shell", choices=SHELLS, default=shell, help="print calls for it (default here: %(default)s)")
    options = parser.parse_args()
    # Below the options: this import takes half a second, and a wrong option is reported at once.
    from sandbox.playground import keep_running

    keep_running(options.port, options.shell)


if __name__ == "__main__":
    run(main)
