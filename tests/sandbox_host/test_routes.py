"""Route templates, without a server."""

import pytest

from sandbox.host.keys import Level
from sandbox.host.routes import Route, build_route, find_route


def route(template: str, function: str = "f", prefix: str = "api", methods: tuple[str, ...] = ()) -> Route:
    return build_route(
        function=function, trigger="req", prefix=prefix, template=template, methods=methods, level=Level.FUNCTION
    )


def parameters(template: str, path: str) -> dict[str, str] | None:
    match = find_route([route(template)], "GET", path)
    return match.parameters if match else None


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("jobs/{id}", "/api/jobs/42", {"id": "42"}),
        ("jobs/{id}", "/API/Jobs/aB", {"id": "aB"}),
        ("jobs/{id}", "/api/jobs/42/", {"id": "42"}),
        ("jobs/{id}", "/api/jobs", None),
        ("jobs/{id}", "/api/jobs/42/log", None),
        ("jobs/{id}/log", "/api/jobs/42/log", {"id": "42"}),
        ("jobs/{id?}", "/api/jobs", {}),
        ("jobs/{id?}", "/api/jobs/42", {"id": "42"}),
        ("jobs/{id:int}", "/api/jobs/-7", {"id": "-7"}),
        ("jobs/{id:int}", "/api/jobs/seven", None),
        ("jobs/{id:int?}", "/api/jobs", {}),
        (
            "jobs/{id:guid}",
            "/api/jobs/0f8fad5b-d9cb-469f-a165-70867728950e",
            {"id": "0f8fad5b-d9cb-469f-a165-70867728950e"},
        ),
        ("jobs/{id:guid}", "/api/jobs/0f8fad5b", None),
        ("users/{upn}", "/api/users/anna%40contoso.com", {"upn": "anna@contoso.com"}),
        ("users/{upn}", "/api/users/a%2Fb", {"upn": "a%2Fb"}),
        ("users/{upn}", "/api/users/%E9%c3%a9", {"upn": "%E9é"}),
        ("health.json", "/api/healthXjson", None),
    ],
)
def test_a_path_gives_the_parameters_of_its_template(template: str, path: str, expected: dict[str, str] | None) -> None:
    assert parameters(template, path) == expected


def test_of_two_routes_that_match_the_name_of_the_function_decides() -> None:
    routes = [
        route("deep/{a}/x/fixed", "second"),
        route("deep/{a}/x/{b}", "First"),
        route("deep/{a:int}/x/y", "_third"),
    ]
    found = [find_route(routes, "GET", f"/api/deep/1/x/{last}") for last in ("fixed", "else", "y")]
    assert [match and match.route.function for match in found] == ["First", "First", "First"]
    assert (found[0] and found[0].parameters) == {"a": "1", "b": "fixed"}


def test_two_functions_share_a_route_by_method() -> None:
    routes = [route("jobs", "read", methods=("GET",)), route("jobs", "start", methods=("post",))]
    found = [find_route(routes, method, "/api/jobs") for method in ("GET", "POST", "DELETE")]
    assert [match and match.route.function for match in found] == ["read", "start", None]


def test_an_empty_prefix_puts_routes_at_the_root() -> None:
    assert find_route([route("health", prefix="")], "GET", "/health")
    assert find_route([route("", prefix="")], "GET", "/")


@pytest.mark.parametrize("template", ["a/{id:regex}", "a/{*rest}", "a/x{id}", "a/{id"])
def test_a_template_beyond_this_host_is_refused_by_name(template: str) -> None:
    with pytest.raises(ValueError, match="function f: this host does not"):
        route(template)
