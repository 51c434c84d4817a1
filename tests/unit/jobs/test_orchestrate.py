"""orchestrate.py: the orchestrators as plain generators. What is planned, judged, applied, waited for, given up."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from shared.jobs.answers import LISTED
from shared.jobs.orchestrate import CHUNKS_IN_A_WAVE, Data, run_job
from shared.services import EVERYONE
from tests.unit.jobs.driver import BEGIN, Engine, answer, fine, job, only, replay

AWAY = {"code": "vaultUnavailable", "detail": "Key Vault does not answer."}
BROKEN = {"code": "graphSignInFailed", "detail": "AADSTS7000215"}
TOO_MANY = {"code": "tooManyRemovals", "detail": "600 phone methods would be removed; 60 are allowed."}
HOUR = timedelta(hours=1)


def planning(**words: Any) -> Callable[[str, int], Data]:
    """What is said of the plan as a whole."""
    return only("judge_plan", 0, answer(**words))


# The passes


def test_everything_is_planned_before_anything_is_written() -> None:
    engine = Engine(fine)
    outcome = engine.run(run_job, job(25))
    assert engine.calls == [
        *(("plan_chunk", chunk) for chunk in range(25)),
        ("judge_plan", 0),
        *(("apply_chunk", chunk) for chunk in range(25)),
        ("settle_job", 0),
    ]
    assert outcome["counts"] == {"unchanged": 5000}
    assert (outcome["error"], outcome["cancelled"]) == (None, False)


def test_a_dry_run_is_planned_and_judged_and_no_more() -> None:
    engine = Engine(planning(counts={"planned": 597, "failed": 3}))
    outcome = engine.run(run_job, job(3, dry_run=True))
    assert engine.calls == [("plan_chunk", 0), ("plan_chunk", 1), ("plan_chunk", 2), ("judge_plan", 0)]
    assert outcome["counts"] == {"planned": 597, "failed": 3}


def test_a_check_lists_everyone_first_and_tells_the_drift_even_of_a_plan_that_is_too_much() -> None:
    judged = planning(error=TOO_MANY)
    engine = Engine(lambda *asked: answer(counts={LISTED: 201}) if asked[0] == "list_users" else judged(*asked))
    outcome = engine.run(run_job, job(0, dry_run=True, scope=EVERYONE, tells_drift=True))
    assert engine.calls == [
        *(("list_users", 0), ("plan_chunk", 0), ("plan_chunk", 1)),
        *(("judge_plan", 0), ("tell_drift", 0)),
    ]
    assert engine.sent["lists"]
    assert outcome["error"] == TOO_MANY


@pytest.mark.parametrize("parallel", [1, 3, 4, 10, 16, 100])
def test_so_many_chunks_at_once_and_no_group_that_is_not_full_but_the_last(parallel: int) -> None:
    engine = Engine(fine)
    engine.run(run_job, job(2 * CHUNKS_IN_A_WAVE + 101, parallel=parallel, dry_run=True))
    assert max(engine.widths) == parallel
    # The last group of the plan, and the judge.
    assert set(engine.widths[:-2]) == {parallel}


def test_each_chunk_stands_in_one_wave() -> None:
    engine = Engine(fine)
    engine.run(run_job, job(23, dry_run=True))
    waves = [range(wave["first"], wave["first"] + wave["count"]) for wave in engine.waves]
    assert [chunk for wave in waves for chunk in wave] == list(range(23))
    assert all(len(wave) <= max(CHUNKS_IN_A_WAVE, 4) for wave in waves)


def test_how_far_it_is_after_each_wave() -> None:
    engine = Engine(fine)
    engine.run(run_job, job(16))
    assert [(status["pass"], status["counts"]["unchanged"]) for status in engine.custom] == [
        *(("plan_chunk", 1600), ("plan_chunk", 3200)),
        *(("apply_chunk", 1600), ("apply_chunk", 3200)),
    ]


# What an activity judges


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_plan_that_is_too_much_ends_the_job_and_is_not_applied(dry_run: bool) -> None:
    engine = Engine(planning(counts={"planned": 600}, error=TOO_MANY))
    outcome = engine.run(run_job, job(3, dry_run=dry_run))
    planned = [("plan_chunk", 0), ("plan_chunk", 1), ("plan_chunk", 2), ("judge_plan", 0)]
    assert engine.calls == planned + ([] if dry_run else [("settle_job", 0)])
    assert (outcome["error"], outcome["counts"]) == (TOO_MANY, {"planned": 600})


def test_what_it_lets_pass_is_written_however_many_removals_it_is() -> None:
    engine = Engine(lambda *_: answer(removals=200))
    assert engine.run(run_job, job(3))["error"] is None
    assert engine.of("apply_chunk") == [0, 1, 2]


@pytest.mark.parametrize("cancelled", [False, True])
def test_nothing_is_written_while_it_cannot_judge(cancelled: bool) -> None:
    away = answer(0, counts={}, unfinished=1, pausedBy=AWAY)
    engine = Engine(only("judge_plan", 0, away, away, answer(cancelled=cancelled)))
    outcome = engine.run(run_job, job(1))
    assert (outcome["cancelled"], outcome["error"]) == (cancelled, None)
    then = [("settle_job", 0)] if cancelled else [("apply_chunk", 0), ("settle_job", 0)]
    assert engine.calls == [("plan_chunk", 0), *[("judge_plan", 0)] * 3, *then]


# Of a version before 1.0.0


def before_guards(chunks: int, allowed: float, **words: Any) -> Data:
    since = ("caller", "route", "isJudged", "settles")
    order = {name: value for name, value in job(chunks, **words).items() if name not in since}
    return {**order, "removalsAllowed": allowed}


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_order_from_before_the_guards_is_judged_by_the_sum_of_all_chunks(dry_run: bool) -> None:
    engine = Engine(lambda *_: answer(removals=4))
    outcome = engine.run(run_job, before_guards(3, 11.5, dry_run=dry_run))
    assert engine.calls == [("plan_chunk", 0), ("plan_chunk", 1), ("plan_chunk", 2)]
    assert outcome["error"]["code"] == "tooManyRemovals"
    assert "12 phone methods would be removed; 11.5 are allowed" in outcome["error"]["detail"]
    assert outcome["counts"] == {"unchanged": 600}


def test_an_order_from_before_the_guards_counts_after_duplicates_are_marked_and_applies_what_is_allowed() -> None:
    engine = Engine(lambda name, _: answer(removals=10 if name == "mark_duplicates" else 11))
    assert engine.run(run_job, before_guards(2, 10, is_mixed=True))["error"] is None
    assert [name for name, _ in engine.calls] == [*["plan_chunk"] * 2, "mark_duplicates", *["apply_chunk"] * 2]


# One user under two names


def test_users_named_twice_are_marked_before_the_plan_is_judged() -> None:
    engine = Engine(fine)
    engine.run(run_job, job(2, is_mixed=True))
    looks = ["mark_duplicates", "judge_plan"]
    assert [name for name, _ in engine.calls] == [*["plan_chunk"] * 2, *looks, *["apply_chunk"] * 2, "settle_job"]


# Cancelled, and what waiting does not mend

# What was planned is settled, whatever came of it.
PASSES = pytest.mark.parametrize(("name", "then"), [("plan_chunk", []), ("apply_chunk", [("settle_job", 0)])])


@PASSES
def test_cancelled_it_begins_no_further_group(name: str, then: list[tuple[str, int]]) -> None:
    engine = Engine(only(name, 9, answer(0, counts={}, cancelled=True)))
    outcome = engine.run(run_job, job(40, is_mixed=True))
    assert outcome["cancelled"]
    assert engine.of(name) == list(range(12))
    assert engine.calls[engine.calls.index((name, 11)) + 1 :] == then
    assert outcome["counts"] == {"unchanged": 11 * 200}


@PASSES
def test_an_error_ends_the_job_and_what_was_done_counts(name: str, then: list[tuple[str, int]]) -> None:
    engine = Engine(only(name, 0, answer(0, counts={}, error=BROKEN)))
    outcome = engine.run(run_job, job(40, is_mixed=True))
    assert outcome["error"] == BROKEN
    assert engine.calls[engine.calls.index((name, 0)) :] == [*((name, chunk) for chunk in range(4)), *then]
    assert outcome["counts"] == {"unchanged": 600}


def test_where_users_named_twice_cannot_be_marked_nothing_is_judged() -> None:
    engine = Engine(only("mark_duplicates", 0, answer(0, counts={}, error=BROKEN)))
    assert engine.run(run_job, job(2, is_mixed=True))["error"] == BROKEN
    assert "judge_plan" not in [name for name, _ in engine.calls]


# Waiting


def test_a_vault_that_comes_back_is_waited_for() -> None:
    away = answer(0, counts={}, unfinished=200, pausedBy=AWAY)
    engine = Engine(only("apply_chunk", 5, *[away] * 20, answer()))
    outcome = engine.run(run_job, job(9))
    assert (outcome["error"], outcome["counts"]) == (None, {"unchanged": 1800})
    assert engine.of("apply_chunk").count(5) == 21
    assert engine.of("apply_chunk").count(4) == 1


@pytest.mark.parametrize("minutes", [10, 60, 24 * 60])
def test_a_vault_that_stays_away_ends_the_job_when_the_patience_is_over(minutes: int) -> None:
    engine = Engine(lambda *_: answer(0, counts={}, unfinished=200, pausedBy=AWAY))
    outcome = engine.run(run_job, job(9, patience_minutes=minutes))
    assert outcome["error"] == AWAY
    assert set(engine.of("plan_chunk")) == set(range(8))
    waited = engine.now - BEGIN
    assert timedelta(minutes=minutes) <= waited < timedelta(minutes=minutes + 4)


def test_a_day_of_waiting_makes_no_endless_history() -> None:
    engine = Engine(lambda *_: answer(0, counts={}, unfinished=200, pausedBy=AWAY))
    engine.run(run_job, job(8, patience_minutes=24 * 60))
    assert max(len(history) for _, _, history in engine.histories) < 2500


def test_hours_of_throttling_with_progress_never_exhaust_the_patience() -> None:
    slow = [answer(unfinished=left, throttled=left) for left in range(200, 0, -1)]
    engine = Engine(only("apply_chunk", 0, *slow, answer()), takes=timedelta(minutes=4))
    outcome = engine.run(run_job, job(1, patience_minutes=5))
    assert engine.now - BEGIN > 12 * HOUR
    assert outcome["error"] is None
    assert outcome["unfinished"] == 0
    assert outcome["throttled"] == sum(range(1, 201))


def test_without_patience_progress_still_counts() -> None:
    engine = Engine(only("plan_chunk", 0, answer(unfinished=2), answer(unfinished=1), answer()))
    assert engine.run(run_job, job(1, patience_minutes=0, dry_run=True))["unfinished"] == 0


def test_users_for_whom_graph_has_no_answer_to_the_end_stay_in_the_report() -> None:
    engine = Engine(only("plan_chunk", 1, answer(counts={"unchanged": 199, "failed": 1}, unfinished=1)))
    outcome = engine.run(run_job, job(2))
    assert outcome["error"] is None
    assert engine.of("apply_chunk") == [0, 1]
    assert timedelta(minutes=60) <= engine.now - BEGIN < timedelta(minutes=65)


def stuck(name: str, chunk: int) -> Data:
    """One user in each wave never gets an answer."""
    return answer(unfinished=1 if name.endswith("_chunk") and chunk % 8 == 0 else 0)


def test_users_without_an_answer_hold_the_job_up_once_and_not_in_every_wave() -> None:
    engine = Engine(stuck)
    outcome = engine.run(run_job, job(80))
    assert outcome["unfinished"] == 10
    assert 2 * HOUR <= engine.now - BEGIN < 2.5 * HOUR


def test_a_vault_is_waited_for_even_then() -> None:
    away = answer(0, counts={}, unfinished=200, pausedBy=AWAY)

    def activity(name: str, chunk: int) -> Data:
        return away if chunk == 17 and engine.now - BEGIN < 1.9 * HOUR else stuck(name, chunk)

    engine = Engine(activity)
    assert engine.run(run_job, job(24, dry_run=True))["error"] is None
    assert engine.now - BEGIN > 1.9 * HOUR


# Replay


def troubled() -> Iterator[tuple[str, Callable[[str, int], Data], Data]]:
    slow = [answer(unfinished=left, throttled=left) for left in (150, 90, 20)]
    yield "fine", fine, job(30, is_mixed=True)
    yield "throttled", only("apply_chunk", 7, *slow, answer()), job(30)
    yield "away", lambda *_: answer(0, counts={}, unfinished=200, pausedBy=AWAY), job(30, patience_minutes=3)
    yield "too much", planning(error=TOO_MANY), job(30, is_mixed=True)
    yield "before guards", fine, before_guards(30, 10, is_mixed=True)
    yield "cancelled", only("plan_chunk", 7, answer(0, counts={}, cancelled=True)), job(30)
    yield "stuck", stuck, job(30, patience_minutes=5)


@pytest.mark.parametrize(("activity", "order"), [case[1:] for case in troubled()], ids=[c[0] for c in troubled()])
def test_what_happened_leads_to_the_same_again(activity: Any, order: Data) -> None:
    engine = Engine(activity)
    engine.run(run_job, order)
    for orchestrator, given, history in engine.histories:
        for length in {1, len(history) // 2, len(history)}:
            replay(orchestrator, given, history[:length])


@pytest.mark.parametrize("seed", range(5))
def test_the_order_in_which_chunks_end_makes_no_difference(seed: int) -> None:
    straight, mixed = Engine(stuck), Engine(stuck, shuffle=seed)
    order = job(30, patience_minutes=5, is_mixed=True)
    assert straight.run(run_job, order) == mixed.run(run_job, order)
    assert straight.calls != mixed.calls
    assert straight.waves == mixed.waves


# Size


def test_nothing_that_the_engine_keeps_is_long_for_a_million_users() -> None:
    counts = dict.fromkeys(("unchanged", "changed", "planned", "skipped", "failed"), 40)
    engine = Engine(lambda *_: answer(counts=counts, throttled=7))
    outcome = engine.run(run_job, job(5000))
    kept = [outcome, *engine.waves, *engine.custom, *(step.result for _, _, past in engine.histories for step in past)]
    assert sum(outcome["counts"].values()) == 1_000_000
    assert max(len(json.dumps(entry)) for entry in kept) < 2000
    # The parent's history, which is read again for every wave, has an entry for each: their number counts squared.
    assert len(engine.waves) == 2 * 625
