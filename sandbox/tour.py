"""The demo's three requests: a runbook's, a bulk script's and a provisioning system's."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.caller import (
    Answer,
    Person,
    Request,
    app_settings,
    call_webhook,
    people,
    plan_request,
    runbook_request,
    table_request,
)
from sandbox.console import Console
from sandbox.demo_host import DemoError, demo_host
from sandbox.host import HostProcess
from sandbox.shown import Pair, Run, list_tables, one_answer, runs_table, values_table
from sandbox.tenant import SandboxTenant

STRANGER = "left.the.company@contoso.com"
EXAMPLE = "carla.diaz@contoso.com"
REPEATED = "Sent again, the three lists wrote nothing."
ANSWER, SUMMARY = "The caller gets JSON.", "Summary: HTTP calls to Microsoft Graph, the writes in them, and users"

MOST_LINES = 20  # of a request's body
# Its permissions reach administrators, so these are protected by default.
_SIGN_IN = {"GRAPH_AUTH": "managed_identity"}


@dataclass(frozen=True)
class Part:
    """One request of the demo: its title, what a reader has to know about it, and how its answers are shown."""

    title: str
    about: str
    request: Request
    show: Callable[[Pair, list[Person]], str]
    example: str | None = None


def show_tour(console: Console, *, verbose: bool) -> None:
    """Ends the process with a message when something fails."""
    with (
        SandboxTenant(seed="contoso") as box,
        demo_host({**box.environment(), **app_settings(box.tenant), **_SIGN_IN}) as host,
    ):
        Tour(console, box, host, verbose).run()


class Tour:
    """Sends the requests and prints what came of them. Raises DemoError when one of them did not do what it should."""

    def __init__(self, console: Console, box: SandboxTenant, host: HostProcess, verbose: bool) -> None:
        self._console = console
        self._tenant = box.tenant
        self._host = host
        self._verbose = verbose
        self._runs: list[Run] = []

    def run(self) -> None:
        parts = self._parts()
        text = (
            f"A simulated tenant with {len(people(self._tenant))} users and the function app now run on this machine. "
            "Each list is sent twice: as a dry run, which only plans, and for real."
        )
        print(self._console.wrap(text))
        for part in parts:
            self._part(part)
        self._summary(parts)

    def _parts(self) -> tuple[Part, ...]:
        names = [*(person.upn for person in people(self._tenant)), STRANGER]

        def values(pair: Pair, _: list[Person]) -> str:
            return values_table(self._console, pair, verbose=self._verbose)

        return (
            Part(
                "1. A list of users: the directory decides",
                "The request that callers send to the Azure Automation runbook, byte for byte. Each user's mobile "
                "phone method becomes equal to extensionAttribute15.",
                runbook_request(self._tenant, names),
                lambda pair, earlier: list_tables(self._console, pair, earlier, verbose=self._verbose),
                EXAMPLE,
            ),
            Part(
                "2. A list with values: the caller decides",
                "The CSV of the published bulk script. The caller needs a second secret for this.",
                table_request(self._tenant),
                values,
            ),
            Part(
                "3. A provisioning plan: the caller decides",
                "The XML of an identity governance system, which also knows other methods.",
                plan_request(self._tenant),
                values,
            ),
        )

    def _part(self, part: Part) -> None:
        self._title(part.title)
        print(self._console.wrap(part.about))
        if self._verbose:
            self._print_request(part.request)
        before, earlier = self._tenant.snapshot(), people(self._tenant)
        plan = self._call("dry run", part.request, dry_run=True)
        self._require(not self._writes() and self._tenant.snapshot() == before, "the dry run wrote to the tenant")
        result = self._call("real", part.request, dry_run=False)
        planned, changed = plan.counts["planned"], result.counts["changed"]
        self._require(0 < changed == planned, f"{planned} users were planned and {changed} changed")
        print(f"\n{part.show(Pair(plan, result), earlier)}")
        if part.example:
            print(f"\n{ANSWER} Of its {result.counts['users']} results, this is one:")
            print(one_answer(result, part.example))

    def _summary(self, parts: tuple[Part, ...]) -> None:
        before = self._tenant.snapshot()
        for part in parts:
            answer = self._call("again", part.request, dry_run=False)
            self._require(not self._writes(), f"the second real run wrote {self._writes()} times")
            self._require(answer.counts["changed"] == 0, "the second real run reports changes")
        self._require(self._tenant.snapshot() == before, "the second real run changed the tenant")
        self._title(SUMMARY)
        order = [part.request.path for part in parts]
        print(runs_table(self._console, sorted(self._runs, key=lambda run: order.index(run.path))))
        self._title(REPEATED, "green")
        print("Every user and reason: python dev.py demo --verbose")
        print("Your own calls:        python dev.py serve")

    def _call(self, name: str, request: Request, *, dry_run: bool) -> Answer:
        self._tenant.clear_requests()
        answer = call_webhook(self._host, request, dry_run=dry_run)
        # The members of a $batch came in one HTTP call, which is recorded as well.
        calls = sum(call.batch is None for call in self._tenant.calls())
        self._runs.append(Run(request.path, name, calls, self._writes(), answer.counts))
        return answer

    def _writes(self) -> int:
        return len(self._tenant.writes())

    def _print_request(self, request: Request) -> None:
        print(f"\nPOST /api/{request.path}\nContent-Type: {request.content_type}\n")
        lines = request.body.decode(request.encoding).splitlines()
        print("\n".join(lines[:MOST_LINES]))
        if len(lines) > MOST_LINES:
            print(f"({len(lines) - MOST_LINES} more lines)")

    def _require(self, holds: bool, failure: str) -> None:
        if not holds:
            raise DemoError(failure)

    def _title(self, text: str, colour: str = "bold") -> None:
        print(f"\n{self._console.paint(text, colour)}")
