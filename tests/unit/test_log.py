"""log.py: the correlation id on every line, and quiet libraries."""

import contextvars
import logging
import threading
from collections.abc import Iterator

import pytest

from shared.log import correlation_id, get_logger, quieten_libraries


@pytest.fixture
def _levels() -> Iterator[None]:
    names = ("azure", "msal", "urllib3", "requests")
    before = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def test_each_line_starts_with_the_correlation_id(caplog: pytest.LogCaptureFixture) -> None:
    log = get_logger("shared.example")
    with caplog.at_level(logging.INFO, "shared.example"):
        token = correlation_id.set("cid-1")
        log.info("user %s %s", "id-1", "added")
        correlation_id.reset(token)
        log.info("outside")
    assert [record.getMessage() for record in caplog.records] == ["[cid-1] user id-1 added", "[-] outside"]


def test_another_thread_takes_the_id_along_in_its_context(caplog: pytest.LogCaptureFixture) -> None:
    log = get_logger("shared.example")
    token = correlation_id.set("cid-2")
    context = contextvars.copy_context()
    correlation_id.reset(token)
    with caplog.at_level(logging.INFO, "shared.example"):
        thread = threading.Thread(target=context.run, args=(log.info, "from afar"))
        thread.start()
        thread.join()
    assert caplog.records[0].getMessage() == "[cid-2] from afar"


@pytest.mark.usefixtures("_levels")
def test_libraries_stay_quiet_whatever_the_hosts_level() -> None:
    logging.getLogger("azure").setLevel(logging.DEBUG)
    quieten_libraries()
    for name in ("azure", "azure.core.pipeline.policies.http_logging_policy"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).isEnabledFor(logging.WARNING)
    for name in ("msal.oauth2cli.oauth2", "azure.identity", "urllib3.connectionpool"):
        assert not logging.getLogger(name).isEnabledFor(logging.ERROR)
