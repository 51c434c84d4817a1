"""Runs over a directory in memory. A user is named by its target, or by a short name that stands for its UPN."""

from collections.abc import Mapping

from shared.core.codes import Code
from shared.core.desired import DirectorySource, ExplicitSource, Requested, Source
from shared.core.guard.ceilings import Refusal, Verdict
from shared.core.models import RunReport, ServiceAccount, Target
from shared.core.plan import Policy
from shared.core.reconcile import reconcile
from shared.deadline import Deadline
from tests.unit.people import InMemory


class ByCeilings:
    """The judge who asks nothing but the ceilings of one request."""

    def told(self, *_: object) -> None:
        pass

    def refusal(self, verdict: Verdict) -> Refusal | None:
        return verdict.refusal

    def admit(self, *_: object) -> Refusal | None:
        return None


def run(
    directory: InMemory,
    *targets: Target | str,
    account: ServiceAccount | None = None,
    source: Source | None = None,
    dry_run: bool = False,
) -> RunReport:
    named = [_target(target) for target in targets]
    chosen = source or DirectorySource()
    return reconcile(
        named, chosen, directory, account, Policy(), dry_run=dry_run, deadline=Deadline(10), judge=ByCeilings()
    )


def run_explicit(
    directory: InMemory,
    requested: Mapping[Target | str, Requested],
    account: ServiceAccount | None = None,
    *,
    dry_run: bool = False,
) -> RunReport:
    """With what the caller requests for each user."""
    source = ExplicitSource({_target(target): each for target, each in requested.items()})
    return run(directory, *requested, account=account, source=source, dry_run=dry_run)


def _target(target: Target | str) -> Target:
    return target if isinstance(target, Target) else Target(upn=f"{target}@contoso.com")


def codes(report: RunReport) -> list[Code]:
    return [result.code for result in report.results]
