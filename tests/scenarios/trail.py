"""What must be true of the audit trail whatever is asked for: checked behind every step of every scenario."""

import json
import logging
import re
from collections import Counter
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sandbox.tenant import Tenant
from tests.scenarios.compare import Reply
from tests.scenarios.files import Step
from tests.support import EXPLICIT_HANDSHAKE, HANDSHAKE

LOGGER = "shared.records.audit"
_SCHEMA = Path(__file__).parents[2] / "shared" / "records" / "audit.schema.json"
_RECORD = Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))
_REFUSED = ("readOnly", "tooManyRemovals", "tooManyOverwrites", "dailyLimit", "planChanged")
_ENDINGS = ("applied", "failed", "unknown", "notWritten")
_PROTECTED = ("protectedUser", "serviceAccount")
# Between the digits of a number whatever people put there; and so many of them are a number.
_PUNCTUATION = re.compile(r"(?<=\d)[\s().\-/]+(?=\d)")
_NUMBER = re.compile(r"\d{5}")
# A domain may stand behind a masked address.
_NAME = re.compile(r"(?<!\*)@\w+\.\w+")
_FREE = ("before", "after", "reason", "detail", "route", "message")
Record = dict[str, Any]


def records_in(lines: list[logging.LogRecord]) -> list[Record]:
    return [json.loads(line.getMessage()) for line in lines if line.name == LOGGER and line.levelno == logging.INFO]


def faults(records: list[Record], reply: Reply, step: Step, tenant: Tenant) -> list[str]:
    """What is missing, or should not be there, in the records of one step."""
    found = [fault for record in records for fault in _faults_of(record)]
    twice = [key for key, count in Counter(record["recordId"] for record in records).items() if count > 1]
    found += [f"audit: {key} is there twice" for key in twice]
    tried = [(tenant.user(write.user).id, write.status) for write in tenant.writes() if write.user is not None]
    # What Graph has refused was not written. Often there is nothing left to be done, and it is no failure either.
    written = {user for user, status in tried if status is None or not 400 <= status < 500}
    done = _users(records, "write", "applied") | _users(records, "write", "unknown")
    recorded = done | _users(records, "write", "failed")
    found += [f"audit: no record of a write to {user}" for user in sorted(written - recorded)]
    if step.is_explicit and written - _users(records, "write", "intended"):
        found.append("audit: a write without its intent")
    open_ends = _writes_of(records, "intended") - _writes_of(records, *_ENDINGS)
    found += [f"audit: an intent without its outcome: {write}" for write in sorted(open_ends)]
    body = reply.body if isinstance(reply.body, dict) else {}
    if reply.status in (401, 403) or body.get("code") in _REFUSED:
        found += _missing(records, "refusal", body.get("code"))
    for result in body.get("results", []):
        if result["code"] in _PROTECTED and result["userId"] not in _users(records, "refusal", "refused"):
            found.append(f"audit: no record of {result['code']} for {result['userId']}")
    found += [f"audit: a write of {user}, to whom none was sent" for user in sorted(done - {user for user, _ in tried})]
    is_full = step.method == "GET" and "show=full" in step.query.lower() and reply.status == 200
    shown = [record for record in records if record["event"] == "fullRead"]
    if len(shown) != int(is_full):
        found.append(f"audit: {len(shown)} full reads on record")
    return found


def _users(records: list[Record], event: str, outcome: str) -> set[str]:
    found = [record for record in records if (record["event"], record["outcome"]) == (event, outcome)]
    return {record.get("objectId", "") for record in found}


def _writes_of(records: list[Record], *outcomes: str) -> set[tuple[str, str, str]]:
    found = [record for record in records if record["event"] == "write" and record["outcome"] in outcomes]
    return {(record["objectId"], record["method"], record.get("methodId", "")) for record in found}


def _missing(records: list[Record], event: str, code: str | None) -> list[str]:
    there = any(record["event"] == event and record.get("code") == code for record in records)
    return [] if there else [f"audit: no {event} with code {code}"]


def _faults_of(record: Record) -> list[str]:
    plain = {name: value for name, value in record.items() if name != "message"}
    found = [f"audit: {fault.message}" for fault in _RECORD.iter_errors(plain)]
    if any(secret in json.dumps(record) for secret in (HANDSHAKE, EXPLICIT_HANDSHAKE)):
        found.append(f"audit: a handshake in {record['event']}")
    text = " ".join(str(record[name]) for name in _FREE if name in record)
    if _NUMBER.search(_PUNCTUATION.sub("", text.replace(record.get("objectId", "\0"), ""))):
        found.append(f"audit: a number in {record['event']}")
    if _NAME.search(text):
        found.append(f"audit: a name in {record['event']}")
    return found
