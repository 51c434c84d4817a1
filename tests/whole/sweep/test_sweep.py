"""Sweeps: who has changed in the directory is reconciled, and nobody else is asked for."""

from sandbox.tenant import Fault, SandboxTenant
from shared.jobs.engine import Run
from tests.whole.plans.people import hires, mobile, move, movers, number, settled, written
from tests.whole.sweep.clock import job_of, run
from tests.whole.sweep.conftest import Sweeping


def graph_calls(box: SandboxTenant) -> list[str]:
    """Paths of the calls at Graph, as Graph counts them."""
    return [record.path for record in box.tenant.calls("graph") if not record.path.endswith("/$batch")]


def test_the_first_sweep_begins_to_look_and_the_next_ones_see_who_has_changed(
    sweeping: Sweeping, box: SandboxTenant
) -> None:
    host = sweeping.host(PROTECT_ADMINISTRATORS="off")
    people = settled(box, 4)
    movers(box, 2, 20)
    assert run(host) == {"jobId": None}
    box.tenant.clear_requests()
    assert run(host) == {"jobId": None}
    assert len(graph_calls(box)) == 1
    move(box, people[1], 700)
    assert job_of(host, run(host)).run is Run.COMPLETED
    assert mobile(box, people[1]) == number(700)
    assert len(written(box)) == 1
    box.tenant.clear_requests()
    assert run(host) == {"jobId": None}
    assert len(graph_calls(box)) == 1


def test_who_comes_and_goes_is_seen_too(sweeping: Sweeping, box: SandboxTenant) -> None:
    host = sweeping.host()
    gone, off = settled(box, 2)
    run(host)
    (hire,) = hires(box, 1, 300)
    box.tenant.delete_user(gone)
    box.tenant.change_user(off, extensionAttribute15=number(710), accountEnabled=False)
    job_of(host, run(host))
    assert mobile(box, hire) == number(300)
    assert len(written(box)) == 1


def test_a_link_that_is_too_old_means_one_full_run(sweeping: Sweeping, box: SandboxTenant) -> None:
    host = sweeping.host()
    run(host)
    late = movers(box, 2)
    box.tenant.faults.append(Fault("status", host="graph", status=410, path="users/delta", times=1))
    ended = job_of(host, run(host))
    assert ended.output
    assert [mobile(box, upn) for upn in late] == [number(0), number(1)]
    assert run(host) == {"jobId": None} or job_of(host, run(host)).output["counts"].get("changed", 0) == 0


def test_a_link_for_other_attributes_means_one_full_run(sweeping: Sweeping, box: SandboxTenant) -> None:
    first = sweeping.host()
    (late,) = hires(box, 1)
    run(first)
    first.kill()
    host = sweeping.host(OFFICE_ATTRIBUTE="businessPhones")
    job_of(host, run(host))
    assert mobile(box, late) == number(0)


def test_users_of_a_sweep_that_could_not_write_join_the_next_one(sweeping: Sweeping, box: SandboxTenant) -> None:
    people = settled(box, 2)
    reading = sweeping.host(READ_ONLY="true")
    run(reading)
    move(box, people[0], 720)
    ended = job_of(reading, run(reading))
    assert ended.output
    assert ended.output["error"]["code"] == "readOnly"
    reading.kill()
    host = sweeping.host()
    job_of(host, run(host))
    assert [mobile(box, upn) for upn in people] == [number(720), number(1)]


def test_a_shifted_feed_stops_although_it_comes_in_portions(sweeping: Sweeping, box: SandboxTenant) -> None:
    host = sweeping.host(MAX_OVERWRITES="5", MAX_OVERWRITES_PERCENT="10", MAX_USERS_PER_NUMBER="0")
    people = settled(box, 40)
    run(host)
    stopped = 0
    for begin in range(0, 40, 4):
        for place, upn in enumerate(people[begin : begin + 4]):
            move(box, upn, 500 + begin + place)
        error = (job_of(host, run(host)).output or {}).get("error") or {}
        stopped += error.get("code") == "tooManyOverwrites"
    # A tenth of some sixty users.
    assert stopped >= 8
    assert len(written(box)) <= 8


def test_a_fiftieth_of_the_directory_passes_though_it_is_all_of_the_sweep(
    sweeping: Sweeping, box: SandboxTenant
) -> None:
    host = sweeping.host(MAX_OVERWRITES="1", MAX_OVERWRITES_PERCENT="10")
    people = settled(box, 60)
    run(host)
    for place, upn in enumerate(people[:5]):
        move(box, upn, 500 + place)
    assert (job_of(host, run(host)).output or {})["error"] is None
    assert len(written(box)) == 5


def test_a_check_tells_the_drift_and_writes_nothing(sweeping: Sweeping, box: SandboxTenant) -> None:
    host = sweeping.host()
    movers(box, 3)
    ended = job_of(host, run(host, "check"))
    assert ended.output
    assert written(box) == []
    records = b"".join(content for _, content in sweeping.audit())
    assert records.count(b'"event": "drift"') + records.count(b'"event":"drift"') == 1


def test_a_wrongly_spelt_extension_removes_nothing(sweeping: Sweeping, box: SandboxTenant) -> None:
    name = "extension_0123456789abcdef0123456789abcdef_mfaPhone"
    people = settled(box, 3)
    for place, upn in enumerate(people):
        box.tenant.change_user(upn, **{name: number(place)})
    host = sweeping.host(SOURCE_ATTRIBUTE=name.lower(), ON_EMPTY="remove", MAX_REMOVALS="1000")
    run(host)
    box.tenant.change_user(people[0], usageLocation="SE")
    ended = job_of(host, run(host))
    assert ended.output
    assert ended.output["error"]["code"] == "configuration"
    assert written(box) == []
