"""`python -m sandbox.tenant`: the tenant as a process of its own.

Prints one JSON line (control_url, proxy_url, environment) and runs until its standard input closes or Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys

from .box import SandboxTenant
from .throttle import Throttle


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.tenant", description="A simulated Microsoft tenant.")
    parser.add_argument("--seed", default="contoso", help="name of a seed in sandbox/tenant/seeds, or a JSON file")
    parser.add_argument("--vault-name", default="contoso-mfa")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control API; 0 takes a free one")
    parser.add_argument("--latency-ms", type=float, default=0, help="network time of each HTTP exchange")
    parser.add_argument("--service-ms", type=float, default=0, help="Graph's own time for each exchange")
    parser.add_argument("--throttle", type=int, default=0, help="Graph requests per second; 0 means no limit")
    parser.add_argument("--retry-after", type=int, default=None, help="seconds in Retry-After; absent if not given")
    options = parser.parse_args()
    with SandboxTenant(options.seed, options.vault_name, options.control_port) as box:
        box.tenant.latency_ms = options.latency_ms
        box.tenant.service_ms = options.service_ms
        if options.throttle:
            box.tenant.throttle = Throttle(options.throttle, retry_after=options.retry_after)
        print(json.dumps(box.description()), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
