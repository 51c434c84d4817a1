"""log.py: lines that are objects, the ids on every line, the count of 429s, and quiet libraries."""

import contextvars
import json
import logging
import re
import threading
from collections.abc import Iterator

import pytest

from shared.log import about, add_throttled, correlation_id, counting_throttled, get_logger, quieten_libraries
from tests.recorded import lines

NAME = "shared.example"


@pytest.fixture
def _levels() -> Iterator[None]:
    names = ("azure", "msal", "urllib3", "requests")
    before = {name: logging.getLogger(name).level for name in names}
    yield
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def caplog(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, NAME)
    return caplog


def test_a_line_is_an_object_whose_message_comes_first(caplog: pytest.LogCaptureFixture) -> None:
    get_logger(NAME).event("jobEnded", "Job 1 ended.", logging.ERROR, jobId="1", users=0, code=None, detail="")
    (record,) = caplog.records
    assert record.getMessage() == '{"message": "Job 1 ended.", "event": "jobEnded", "jobId": "1", "users": 0}'
    assert record.levelno == logging.ERROR


def test_other_lines_have_a_message_alone(caplog: pytest.LogCaptureFixture) -> None:
    get_logger(NAME).warning("waits %d s of 100%%", 7)
    get_logger(NAME).error("50 % of it")
    assert lines(caplog) == [{"message": "waits 7 s of 100%"}, {"message": "50 % of it"}]


def test_each_line_says_what_it_is_about(caplog: pytest.LogCaptureFixture) -> None:
    log = get_logger(NAME)
    with about(correlationId="cid-1", callerCorrelationId=""), about(jobId="job-1"):
        log.info("within")
        assert correlation_id() == "cid-1"
    log.info("outside")
    assert lines(caplog) == [
        {"message": "within", "correlationId": "cid-1", "jobId": "job-1"},
        {"message": "outside"},
    ]
    assert correlation_id() == "-"


def test_another_thread_takes_the_ids_and_the_count_along_in_its_context(caplog: pytest.LogCaptureFixture) -> None:
    def work() -> None:
        get_logger(NAME).info("from afar")
        add_throttled(2)

    with about(correlationId="cid-2"), counting_throttled() as throttled:
        context = contextvars.copy_context()
        add_throttled(1)
    add_throttled(9)
    thread = threading.Thread(target=context.run, args=(work,))
    thread.start()
    thread.join()
    assert lines(caplog) == [{"message": "from afar", "correlationId": "cid-2"}]
    assert throttled.times == 3


def test_a_fault_is_told_in_the_same_line_and_stays_below_what_azure_keeps(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("x" * 50_000 + "the end")
    except ValueError as fault:
        get_logger(NAME).exception("unforeseen fault", fault)
    (record,) = caplog.records
    assert record.exc_info is None
    assert len(record.getMessage()) < 32_768
    assert json.loads(record.getMessage())["exception"].rstrip().endswith("the end")


@pytest.mark.parametrize("text", ["+46 701740605", "070-174 06 05", "{'number': '+46701740605x12'}"])
def test_what_a_fault_says_of_a_user_is_left_out(caplog: pytest.LogCaptureFixture, text: str) -> None:
    try:
        try:
            raise KeyError(f"Target(upn='anna@contoso.com', {text})")
        except KeyError as cause:
            raise ValueError(text) from cause
    except ValueError as fault:
        get_logger(NAME).exception("unforeseen fault", fault)
    told = json.loads(caplog.records[0].getMessage())["exception"]
    assert "KeyError: " in told
    assert "ValueError: " in told
    assert not re.search("anna@|7017|174 ?06", told.partition("KeyError: ")[2])
    assert "in test_what_a_fault_says_of_a_user_is_left_out" in told


def test_what_cannot_be_encoded_is_escaped(caplog: pytest.LogCaptureFixture) -> None:
    get_logger(NAME).event("x", "lone \ud800, and \n a line", name="å")
    caplog.records[0].getMessage().encode()
    assert "\n" not in caplog.records[0].getMessage()


@pytest.mark.usefixtures("_levels")
def test_libraries_stay_quiet_whatever_the_hosts_level() -> None:
    logging.getLogger("azure").setLevel(logging.DEBUG)
    quieten_libraries()
    for name in ("azure", "azure.core.pipeline.policies.http_logging_policy"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
        assert logging.getLogger(name).isEnabledFor(logging.WARNING)
    for name in ("msal.oauth2cli.oauth2", "azure.identity", "urllib3.connectionpool"):
        assert not logging.getLogger(name).isEnabledFor(logging.ERROR)
