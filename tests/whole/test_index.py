"""What Azure's own worker library finds in the app."""

from sandbox.host import indexed_functions
from tests.whole.conftest import CHECKOUT

PHONES = "users/{user}/phone-methods"
ROUTES = {
    ("POST", "reconcile"),
    ("POST", "lifecycle"),
    ("POST", "report"),
    ("GET", "jobs"),
    ("GET", "jobs/{id}"),
    ("DELETE", "jobs/{id}"),
    ("GET", "jobs/{id}/result"),
    ("POST", "jobs/{id}/apply"),
    ("POST", "set"),
    ("POST", "provision"),
    ("GET", "users/{user}/methods"),
    ("GET", PHONES),
    ("POST", PHONES),
    ("GET", f"{PHONES}/{{type}}"),
    ("PATCH", f"{PHONES}/{{type}}"),
    ("DELETE", f"{PHONES}/{{type}}"),
    ("POST", f"{PHONES}/mobile/enable-sms-sign-in"),
    ("POST", f"{PHONES}/mobile/disable-sms-sign-in"),
    ("GET", "health"),
    ("GET", "check"),
}
OTHERS = {
    "run_job": "orchestrationTrigger",
    "run_wave": "orchestrationTrigger",
    "sweep": "orchestrationTrigger",
    "check": "orchestrationTrigger",
    "list_users": "activityTrigger",
    "begin_sweep": "activityTrigger",
    "begin_check": "activityTrigger",
    "tell_drift": "activityTrigger",
    "plan_chunk": "activityTrigger",
    "apply_chunk": "activityTrigger",
    "mark_duplicates": "activityTrigger",
    "judge_plan": "activityTrigger",
    "settle_job": "activityTrigger",
    "resume_workflow": "activityTrigger",
    "survey_tenant": "activityTrigger",
    "report_chunk": "activityTrigger",
    "settle_report": "activityTrigger",
    "purge_jobs": "timerTrigger",
}


def test_the_worker_library_indexes_every_route_and_its_key() -> None:
    found = indexed_functions(CHECKOUT, {})
    triggers = [binding for function in found for binding in function.bindings if binding["type"] == "httpTrigger"]
    others = {
        function.name: binding["type"]
        for function in found
        for binding in function.bindings
        if binding["type"].endswith("Trigger") and binding["type"] != "httpTrigger"
    }
    assert others == OTHERS
    assert len(found) - len(others) == len(triggers) == len(ROUTES)
    assert {(method, trigger["route"]) for trigger in triggers for method in trigger["methods"]} == ROUTES
    others_keys = {trigger["route"]: trigger["authLevel"] for trigger in triggers if trigger["authLevel"] != "FUNCTION"}
    assert others_keys == {"health": "ANONYMOUS", "check": "ADMIN"}
    outputs = [binding for function in found for binding in function.bindings if binding["type"] == "http"]
    assert len(outputs) == len(ROUTES)
