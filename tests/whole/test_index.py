"""What Azure's own worker library finds in the app, and what importing it costs."""

import subprocess
import sys

from sandbox.host import indexed_functions
from tests.whole.conftest import CHECKOUT

SLOW_LIBRARIES = ("azure.identity", "azure.keyvault", "msal", "jsonschema", "phonenumbers", "defusedxml")


USER = "users/{user}"
PHONES = f"{USER}/phone-methods"
ROUTES = {
    "reconcile": ("POST", "reconcile", "FUNCTION"),
    "set_values": ("POST", "set", "FUNCTION"),
    "provision": ("POST", "provision", "FUNCTION"),
    "list_methods": ("GET", f"{USER}/methods", "FUNCTION"),
    "list_phone_methods": ("GET", PHONES, "FUNCTION"),
    "create_phone_method": ("POST", PHONES, "FUNCTION"),
    "get_phone_method": ("GET", f"{PHONES}/{{type}}", "FUNCTION"),
    "update_phone_method": ("PATCH", f"{PHONES}/{{type}}", "FUNCTION"),
    "delete_phone_method": ("DELETE", f"{PHONES}/{{type}}", "FUNCTION"),
    "enable_sms_sign_in": ("POST", f"{PHONES}/mobile/enable-sms-sign-in", "FUNCTION"),
    "disable_sms_sign_in": ("POST", f"{PHONES}/mobile/disable-sms-sign-in", "FUNCTION"),
    "health": ("GET", "health", "ANONYMOUS"),
}


PHONES = "users/{user}/phone-methods"
ROUTES = {
    ("POST", "reconcile"),
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
}


def test_the_worker_library_indexes_every_route_and_only_health_without_a_key() -> None:
    found = indexed_functions(CHECKOUT, {})
    triggers = [binding for function in found for binding in function.bindings if binding["type"] == "httpTrigger"]
    assert len(found) == len(triggers) == len(ROUTES)
    assert {(method, trigger["route"]) for trigger in triggers for method in trigger["methods"]} == ROUTES
    assert {trigger["route"] for trigger in triggers if trigger["authLevel"] != "FUNCTION"} == {"health"}
    assert {trigger["authLevel"] for trigger in triggers} == {"FUNCTION", "ANONYMOUS"}
    outputs = [binding for function in found for binding in function.bindings if binding["type"] == "http"]
    assert len(outputs) == len(ROUTES)


def test_indexing_imports_no_slow_library() -> None:
    ask = f"import sys, function_app; print([name for name in {SLOW_LIBRARIES!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", ask], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
