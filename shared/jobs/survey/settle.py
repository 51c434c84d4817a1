"""What only all rows together tell: numbers that several users share, figures, and notes about the whole report."""

import json
from collections import Counter
from collections.abc import Iterator

from shared.core.report import Json
from shared.core.survey.figures import Figures
from shared.core.survey.registered import unknown
from shared.core.survey.rows import distinct, shown, tags_of
from shared.core.survey.tenant import Note
from shared.jobs.answers import Data, answer
from shared.jobs.frame import activity, for_report
from shared.jobs.survey.parts import facts
from shared.services import Job, Phase, Services

SETTLED = "settled"


@activity
def settle_report(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which)."""
    return for_report(services, order, lambda job: _settle(services, job))


def _settle(services: Services, job: Job) -> Data:
    shared = _shared(services, job)
    found, strange = Figures(), set[str]()
    for row in _rows(services, job):
        found.add(shown(row, shared))
        methods = row["methods"]
        strange |= unknown(methods) if isinstance(methods, list) else set()
    notes = [note.as_json() for note in (*facts(services.parts, job).tenant.notes, *_strange(strange))]
    settled = {"shared": sorted(shared), "figures": found.as_json(), "notes": notes}
    services.parts.put(job.id, SETTLED, json.dumps(settled).encode())
    return answer([])


def _shared(services: Services, job: Job) -> set[str]:
    """Tags of numbers that two users or more have or should have."""
    users: Counter[str] = Counter()
    for row in _rows(services, job):
        users.update(tags_of(row))
    return {tag for tag, count in users.items() if count > 1}


def _rows(services: Services, job: Job) -> Iterator[Json]:
    chunks = (services.store.results(job.id, Phase.PLAN, chunk).bodies or [] for chunk in range(job.chunks))
    return distinct(row for chunk in chunks for row in chunk)


def _strange(methods: set[str]) -> list[Note]:
    if not methods:
        return []
    names = ", ".join(sorted(methods)[:20])
    detail = f"This version does not know these methods; each counts as a second factor that is not a phone: {names}."
    return [Note(("phoneOnly", "phishingResistant"), "unknownMethod", detail)]
