"""api/route.py: routes without the names in them."""

from pathlib import Path

import pytest

from sandbox.host import indexed_functions
from shared.api.route import route_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/api/reconcile", "POST /api/reconcile"),
        ("/api/users/anna@contoso.com/phone-methods", "POST /api/users/*/phone-methods"),
        ("/api/users/anna@contoso.com/phone-methods/mobile", "POST /api/users/*/phone-methods/mobile"),
        ("/api/users/+46 70 174 06 05/methods", "POST /api/users/*/methods"),
        ("/api/users/a/b@contoso.com/methods", "POST /api/users/*/*/methods"),
        ("/api/jobs/5b3d6c1e-0000-4000-8000-000000000001/apply", "POST /api/jobs/*/apply"),
        ("/API/Set", "POST /api/set"),
        (
            "/api/Users/anna@contoso.com/PHONE-methods/alternatemobile",
            "POST /api/users/*/phone-methods/alternateMobile",
        ),
        ("", "POST /*"),
    ],
)
def test_names_and_ids_are_left_out(path: str, route: str) -> None:
    assert route_of("POST", path) == route


def test_every_word_of_the_routes_is_known() -> None:
    bindings = [binding for function in indexed_functions(ROOT, {}) for binding in function.bindings]
    routes = [binding["route"] for binding in bindings if binding["type"] == "httpTrigger"]
    words = {part for route in routes for part in route.split("/") if not part.startswith("{")}
    assert {"reconcile", "users", "enable-sms-sign-in", "apply"} <= words
    assert {word for word in words if "*" in route_of("GET", word)} == set()
