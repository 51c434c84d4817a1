"""`python dev.py demo`: a runbook's, a spreadsheet's and a provisioning system's request, sent to the function app in
front of a pretend tenant: first as a dry run, then for real, then all of them once more."""

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from sandbox.caller import (
    CHECKOUT,
    Answer,
    CallError,
    Outcome,
    Person,
    Request,
    app_settings,
    call_webhook,
    mask,
    people,
    plan_request,
    runbook_request,
    table_request,
)
from sandbox.console import Console, Row, open_console
from sandbox.examples import PLAN, TABLE
from sandbox.host import HostError, HostProcess
from sandbox.job_demo import show_job
from sandbox.tenant import SandboxTenant

STRANGER = "left.the.company@contoso.com"
PEOPLE, PEOPLE_WIDTHS = ("User", "Mobile before", "Directory says", "What and why"), (28, 14, 23)
CHANGES, CHANGES_WIDTHS = ("User", "Method", "Value", "What and why"), (28, 15, 17)
GROUPS = {"planned": "cyan", "changed": "green", "unchanged": "grey", "skipped": "yellow", "failed": "red"}


class DemoError(Exception):
    """Something that the demo promises did not hold; the text says what."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python dev.py demo", description=__doc__)
    parser.add_argument("--users", type=int, metavar="N", help="show a job of so many users instead, such as 12000")
    options = parser.parse_args()
    console = open_console()
    if options.users:
        show_job(console, options.users)
        return
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
    """The three requests and their repetition. Raises DemoError when one of them did not do what it should."""

    def __init__(self, console: Console, box: SandboxTenant, host: HostProcess) -> None:
        self._console = console
        self._tenant = box.tenant
        self._host = host
        self._runbook = runbook_request(self._tenant, [*(person.upn for person in people(self._tenant)), STRANGER])

    def run(self) -> None:
        self._say(
            f"A pretend Microsoft tenant with {len(people(self._tenant))} people runs on this machine, and in front of "
            "it the function app. The app gets the request of the runbook that it replaces, byte for byte: a JSON list "
            "of userPrincipalNames, with the handshake in a header."
        )
        self._twice("1", self._runbook, self._print_people)
        self._say(
            "A list of users says nothing about numbers: the directory decides. Where a trusted caller is to decide, "
            "it needs a second handshake. This is the table of a bulk script:"
        )
        print(f"\n{TABLE}", end="")
        self._twice("2", table_request(self._tenant), self._print_changes)
        self._say("And this is the plan of a provisioning system:")
        print(f"\n{PLAN}", end="")
        self._twice("3", plan_request(self._tenant), self._print_changes)
        self._say("If everything is right now, sending all three once more must write nothing.")
        for request in (self._runbook, table_request(self._tenant), plan_request(self._tenant)):
            self._once_more(request)
        print(
            f"\n{self._console.paint('Nothing is left to do.', 'green')} To make calls of your own: python dev.py serve"
        )

    def _twice(self, number: str, request: Request, show: Callable[[Answer, list[Person]], None]) -> None:
        """As a dry run, then for real."""
        before = self._tenant.snapshot()
        answer = self._call(f"{number}. A dry run: what would it do?", request, dry_run=True)
        show(answer, people(self._tenant))
        self._require(not self._writes() and self._tenant.snapshot() == before, "the dry run wrote to the tenant")
        planned = answer.counts["planned"]
        self._say(f"{_in_words(answer)}. The tenant saw no write at all. Now the same request without dryRun.")

        earlier = people(self._tenant)
        answer = self._call(f"{number}. For real", request, dry_run=False)
        show(answer, earlier)
        changed = answer.counts["changed"]
        self._require(0 < changed == planned, f"{planned} users were planned and {changed} changed")
        self._say(f"{_in_words(answer)}. The tenant saw {self._writes()} writes.")

    def _once_more(self, request: Request) -> None:
        before = self._tenant.snapshot()
        answer = self._call("Once more", request, dry_run=False)
        self._require(not self._writes(), f"the second real run wrote {self._writes()} times")
        self._require(self._tenant.snapshot() == before, "the second real run changed the tenant")
        self._require(answer.counts["changed"] == 0, "the second real run reports changes")
        print(f"   {_in_words(answer)}. The tenant's own record of this run: 0 writes.")

    def _call(self, title: str, request: Request, *, dry_run: bool) -> Answer:
        self._tenant.clear_requests()
        print(f"\n{self._console.paint(title, 'bold')}")
        began = time.monotonic()
        answer = call_webhook(self._host.url, self._host.key, request, dry_run=dry_run)
        seconds = time.monotonic() - began
        query = "?dryRun=true" if dry_run else ""
        requests = len(self._tenant.calls())
        print(
            f"   POST /api/{request.path}{query} with {len(request.body):,} bytes: {answer.status} in {seconds:.1f} s, "
            f"{requests} requests at Graph"
        )
        return answer

    def _writes(self) -> int:
        return len(self._tenant.writes())

    def _print_people(self, answer: Answer, earlier: list[Person]) -> None:
        known = {person.upn: person for person in earlier}
        groups = []
        for status, colour in GROUPS.items():
            outcomes = [outcome for outcome in answer.outcomes if outcome.status == status]
            groups.append(list(_people(sorted(outcomes, key=_what_and_why), known, colour)))
        print(self._console.table(PEOPLE, PEOPLE_WIDTHS, groups))

    def _print_changes(self, answer: Answer, _: list[Person]) -> None:
        print(self._console.table(CHANGES, CHANGES_WIDTHS, [list(_changes(outcome)) for outcome in answer.outcomes]))

    def _require(self, holds: bool, failure: str) -> None:
        if not holds:
            raise DemoError(failure)

    def _say(self, text: str) -> None:
        print(f"\n{self._console.wrap(text)}", flush=True)


def _people(outcomes: Iterable[Outcome], known: Mapping[str, Person], colour: str) -> Iterator[Row]:
    """One row for each user; a reason that several users share stands at the first of them."""
    said: set[str] = set()
    for outcome in outcomes:
        person = known.get(outcome.upn)
        numbers = (person.registered, person.directory) if person else ("", "")
        what, why = _what_and_why(outcome)
        shown = what if why in said else f"{what}: {why}"
        said.add(why)
        yield Row((outcome.upn, *(mask(number) or "-" for number in numbers), shown), colour)


def _changes(outcome: Outcome) -> Iterator[Row]:
    """One row for each method of a user."""
    upn = outcome.upn
    for change in outcome.changes:
        what = f"{change.code} ({change.action})" if change.code == "planned" else change.code
        yield Row((upn, change.method, change.value or "-", f"{what}: {change.message}"), GROUPS[outcome.status])
        upn = ""


def _what_and_why(outcome: Outcome) -> tuple[str, str]:
    actions = " and ".join(change.action for change in outcome.changes)
    return f"{outcome.code} ({actions})" if outcome.status == "planned" else outcome.code, outcome.message


def _in_words(answer: Answer) -> str:
    parts = [f"{answer.counts[status]} {status}" for status in GROUPS if answer.counts[status]]
    return f"{answer.counts['users']} users: {', '.join(parts)}"


if __name__ == "__main__":
    main()
