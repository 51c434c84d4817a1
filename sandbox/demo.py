"""`python dev.py demo`: the runbook's request, sent three times to the function app in front of a pretend tenant."""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Mapping

from sandbox.caller import (
    CHECKOUT,
    Answer,
    CallError,
    Outcome,
    Person,
    app_settings,
    call_webhook,
    handshake,
    mask,
    people,
    runbook_body,
)
from sandbox.console import Console, Row, open_console
from sandbox.host import HostError, HostProcess
from sandbox.tenant import SandboxTenant

STRANGER = "left.the.company@contoso.com"
HEADINGS = ("User", "Mobile before", "Directory says", "What and why")
WIDTHS = (28, 14, 23)
GROUPS = {"planned": "cyan", "changed": "green", "unchanged": "grey", "skipped": "yellow", "failed": "red"}


class DemoError(Exception):
    """Something that the demo promises did not hold; the text says what."""


def main() -> None:
    argparse.ArgumentParser(prog="python dev.py demo", description=__doc__).parse_args()
    console = open_console()
    try:
        with (
            SandboxTenant(seed="contoso") as box,
            HostProcess(CHECKOUT, {**box.environment(), **app_settings(box.tenant)}) as host,
        ):
            try:
                Demo(console, box, host).run()
            except (CallError, DemoError) as error:
                sys.exit(f"{host.log()}\nThe demo failed: {error}. The log of the function app is above.")
    except HostError as error:
        sys.exit(f"The demo failed: {error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")


class Demo:
    """Three runs of the same request. Raises DemoError when one of them did not do what it should."""

    def __init__(self, console: Console, box: SandboxTenant, host: HostProcess) -> None:
        self._console = console
        self._tenant = box.tenant
        self._host = host
        self._body = runbook_body([*(person.upn for person in people(box.tenant)), STRANGER])

    def run(self) -> None:
        self._say(
            f"A pretend Microsoft tenant with {len(people(self._tenant))} people runs on this machine, and in front of "
            "it the function app. The app gets the request of the runbook that it replaces, byte for byte: a JSON list "
            "of userPrincipalNames, with the handshake in a header."
        )
        before = self._tenant.snapshot()
        answer = self._call("1. A dry run: what would it do?", dry_run=True)
        self._print_table(answer, people(self._tenant))
        self._require(not self._writes() and self._tenant.snapshot() == before, "the dry run wrote to the tenant")
        planned = answer.counts["planned"]
        self._say(f"{_in_words(answer)}. The tenant saw no write at all. Now the same request without dryRun.")

        earlier = people(self._tenant)
        answer = self._call("2. For real", dry_run=False)
        self._print_table(answer, earlier)
        changed = answer.counts["changed"]
        self._require(0 < changed == planned, f"{planned} users were planned and {changed} changed")
        self._say(
            f"{_in_words(answer)}. The tenant saw {self._writes()} writes. "
            "If every number is right now, sending the same bytes again must write nothing."
        )

        before = self._tenant.snapshot()
        answer = self._call("3. Once more", dry_run=False)
        self._require(not self._writes(), f"the second real run wrote {self._writes()} times")
        self._require(self._tenant.snapshot() == before, "the second real run changed the tenant")
        self._require(answer.counts["changed"] == 0, "the second real run reports changes")
        self._say(f"{_in_words(answer)}. The tenant's own record of this run: 0 writes.")
        print(
            f"\n{self._console.paint('Nothing is left to do.', 'green')} To make calls of your own: python dev.py serve"
        )

    def _call(self, title: str, *, dry_run: bool) -> Answer:
        self._tenant.clear_requests()
        print(f"\n{self._console.paint(title, 'bold')}")
        began = time.monotonic()
        answer = call_webhook(self._host.url, self._host.key, handshake(self._tenant), self._body, dry_run=dry_run)
        seconds = time.monotonic() - began
        query = "?dryRun=true" if dry_run else ""
        requests = len(self._tenant.calls())
        print(
            f"   POST /api/reconcile{query} with {len(self._body):,} bytes: {answer.status} in {seconds:.1f} s, "
            f"{requests} requests at Graph"
        )
        return answer

    def _writes(self) -> int:
        return len(self._tenant.writes())

    def _print_table(self, answer: Answer, earlier: list[Person]) -> None:
        known = {person.upn: person for person in earlier}
        groups = []
        for status, colour in GROUPS.items():
            outcomes = [outcome for outcome in answer.outcomes if outcome.status == status]
            groups.append(list(_rows(sorted(outcomes, key=_what_and_why), known, colour)))
        print(self._console.table(HEADINGS, WIDTHS, groups))

    def _require(self, holds: bool, failure: str) -> None:
        if not holds:
            raise DemoError(failure)

    def _say(self, text: str) -> None:
        print(f"\n{self._console.wrap(text)}", flush=True)


def _rows(outcomes: Iterable[Outcome], known: Mapping[str, Person], colour: str) -> Iterator[Row]:
    """One row for each user; a reason that several users share stands at the first of them."""
    said: set[str] = set()
    for outcome in outcomes:
        person = known.get(outcome.upn)
        numbers = (person.registered, person.directory) if person else ("", "")
        what, why = _what_and_why(outcome)
        shown = what if why in said else f"{what}: {why}"
        said.add(why)
        yield Row((outcome.upn, *(mask(number) or "-" for number in numbers), shown), colour)


def _what_and_why(outcome: Outcome) -> tuple[str, str]:
    what = f"{outcome.code} ({outcome.action})" if outcome.status == "planned" else outcome.code
    return what, outcome.message


def _in_words(answer: Answer) -> str:
    parts = [f"{answer.counts[status]} {status}" for status in GROUPS if answer.counts[status]]
    return f"{answer.counts['users']} users: {', '.join(parts)}"


if __name__ == "__main__":
    main()
