"""An activity fails as often as the engine tries it: the job ends, and tells what it did and what it did not."""

import json

import pytest

from sandbox.tenant import SandboxTenant
from shared.records.blobs import RECORDS
from shared.records.ledger import BLOB
from tests.recorded import lines_in
from tests.whole.jobs.conftest import Jobs, add_people
from tests.whole.jobs.test_lost_machines import expect_all_audited, written
from tests.whole.jobs.test_trouble import VIRTUAL, interrupted
from tests.whole.jobs.watching import names

pytestmark = pytest.mark.waits


def test_the_other_chunks_of_the_group_are_done_and_the_job_is_settled(jobs: Jobs, box: SandboxTenant) -> None:
    who = add_people(box, 1000)
    job = interrupted(jobs, box, names(who), patience_minutes=60)
    # Results of another chunk in the place of those of the second one.
    with jobs.container("jobs") as container, container.get_blob_client(f"{job.id}/result/000001.json") as strange:
        strange.upload_blob(b'[{"status": "failed", "code": "deadline", "changes": []}]')
        host = jobs.host(VIRTUAL, MAX_OVERWRITES_PER_DAY="1000")
        job = job.on(host)
        job.finished()
        strange.delete_blob()

    status = job.status()
    assert (status["status"], status["error"]["code"]) == ("failed", "internal")
    results = job.results()
    done = [*range(200), *range(400, 800)]
    codes = {"right": "unchanged", "missing": "added", "wrong": "updated", "empty": "sourceEmpty"}
    for place, (person, result) in enumerate(zip(who, results, strict=True)):
        is_done = place in done or not person.kind.needs_write
        assert result["code"] == (codes[person.kind] if is_done else "notAttempted"), place
    assert sorted(written(box)) == sorted(who[place].upn for place in done if who[place].kind.needs_write)
    assert status["counts"]["changed"] == len(written(box))
    assert set(expect_all_audited(jobs, box)) == {"applied"}
    (end,) = lines_in(host.log(), "jobEnded")
    assert end == end | {"jobId": job.id, "status": "failed", "code": "internal"}
    # Of the day it holds what it did, and not what it had planned.
    overwrites = sum(who[place].kind == "wrong" for place in done)
    with jobs.container(RECORDS) as container:
        found = json.loads(container.download_blob(BLOB).readall())["reservations"]
    assert [(one["id"], one["overwrites"]) for one in found] == [(job.id, overwrites)]
