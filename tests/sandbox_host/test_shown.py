"""How the demo shows answers."""

import json

from sandbox.caller import Answer, Change, Outcome
from sandbox.console import Console
from sandbox.shown import Pair, list_tables, one_answer, values_table

PAINTED = Console(lines=False, colour=True)
GREEN, YELLOW, RED, GREY = "\033[32m", "\033[33m", "\033[31m", "\033[90m"


def answer(*outcomes: Outcome) -> Answer:
    return Answer({"users": len(outcomes)}, list(outcomes), {})


def outcome(status: str, code: str, *changes: Change) -> Outcome:
    return Outcome("anna@contoso.com", status, code, f"why {code}", list(changes))


def change(method: str, action: str, status: str, code: str) -> Change:
    return Change(method, action, "+46 *******05", status, code, f"why {code}")


def test_what_a_changed_user_did_not_get_is_not_green() -> None:
    plan = outcome(
        "planned", "planned", change("mobile", "add", "planned", "planned"), change("office", "add", "skipped", "x")
    )
    result = outcome(
        "changed",
        "partial",
        change("mobile", "add", "applied", "added"),
        change("office", "add", "skipped", "officeSynced"),
    )
    table = values_table(PAINTED, Pair(answer(plan), answer(result)), verbose=False)
    assert f"add     {GREEN}added" in table
    assert f"-       {YELLOW}officeSynced" in table
    assert "why officeSynced" in table
    assert "why added" not in table


def test_each_reason_to_leave_users_alone_has_one_row_in_the_colour_of_its_kind() -> None:
    left = [outcome("skipped", "sourceEmpty")] * 2 + [
        outcome("failed", "invalidNumber"),
        outcome("unchanged", "unchanged"),
    ]
    table = list_tables(PAINTED, Pair(answer(*left), answer(*left)), [], verbose=False)
    rows = [line for line in table.splitlines() if "why" in line]
    assert [row.split("  ")[0] for row in rows] == ["anna", "2 users", "anna"]
    assert [f"{GREY}unchanged" in rows[0], f"{YELLOW}sourceEmpty" in rows[1], f"{RED}invalidNumber" in rows[2]] == [
        True
    ] * 3


def test_the_shown_json_is_the_answer_with_one_result_in_lines_that_fit() -> None:
    results = [{"userPrincipalName": name, "changes": [{"before": None, "after": "å" * 40}]} for name in "ab"]
    body = {"status": "partial", "counts": {f"count{n}": n for n in range(12)}, "results": results, "none": []}
    text = one_answer(Answer({}, [], body), "b")
    assert json.loads(text) == {**body, "results": results[1:]}
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) < 20
