"""The durable extension's own API on the app's port: who may call it, as seen on the Functions host 4.1037."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.sandbox_host.conftest import send
from tests.sandbox_host.durable import DurableApp, durable_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableApp]:
    with durable_app(tmp_path_factory.mktemp("app")) as running:
        yield running


def test_the_urls_of_an_instance_work_with_the_system_key_that_is_in_them(app: DurableApp) -> None:
    instance = app.start("waves", {"jobs": [{"n": 3}]})
    app.finished(instance)
    _, urls = app.call("GET", f"management/{instance}")
    status = urlsplit(urls["statusQueryGetUri"])
    assert f"{status.scheme}://{status.netloc}" == app.host.url
    found = send(app.host, "GET", f"{status.path}?{status.query}")
    assert (found.status, json.loads(found.body)["output"]) == (200, 9)
    purge = urlsplit(urls["purgeHistoryDeleteUri"])
    assert send(app.host, "DELETE", f"{purge.path}?{purge.query}").status == 200
    assert send(app.host, "GET", f"{status.path}?{status.query}").status == 404


def test_without_a_key_it_is_401_and_with_a_function_key_403(app: DurableApp) -> None:
    instance = app.run("waves", {"jobs": [{"n": 2}]})["instanceId"]
    path = f"/runtime/webhooks/durabletask/instances/{instance}"
    keys = {"none": [], "wrong": "wrong", "function": app.host.key, "master": app.host.master_key}
    statuses = {
        name: send(app.host, "GET", path, headers=[("x-functions-key", key)] if key else []).status
        for name, key in keys.items()
    }
    assert statuses == {"none": 401, "wrong": 401, "function": 403, "master": 200}


def test_the_address_that_asks_for_no_key_is_another_one(app: DurableApp) -> None:
    assert send(app.host, "GET", "/durabletask/instances/").status == 404
