"""weighed.py: what results of earlier versions count for, and how much room a full chunk takes."""

import re

from hypothesis import given
from hypothesis import strategies as st

from shared.core.report import Json
from shared.jobs.chunks import USERS_IN_A_CHUNK
from shared.jobs.weighed import pack, unpack, weighed_body
from shared.services import Weighed

tags = st.sampled_from(["", "AbCdEf-_123", "ZzZzZzZzZzZ"])
users = st.none() | st.builds(Weighed, st.integers(0, 99), st.integers(0, 4), tags, tags)
# "Setting and retrieving properties and metadata for Blob service resources": 8 KB for all metadata of a blob.
METADATA_BYTES = 8192


@given(st.lists(users, min_size=1))
def test_what_is_packed_is_unpacked(found: list[Weighed | None]) -> None:
    assert unpack(pack(found)) == found


def test_a_full_chunk_fits_beside_a_blob_and_needs_no_encoding() -> None:
    text = pack([Weighed(99, 4, "AbCdEf-_123", "ZzZzZzZzZzZ")] * USERS_IN_A_CHUNK)
    assert len(text) < METADATA_BYTES - 1000
    assert re.fullmatch(r"[\w.,-]+", text, re.ASCII)


def change(action: str, method: str = "mobile", **words: object) -> Json:
    return {"method": method, "action": action, "status": "planned", "before": "a", "after": "b", **words}


def body(*changes: Json, **words: object) -> Json:
    return {"userId": "anna", "code": "planned", "changes": list(changes), **words}


def test_a_result_of_an_earlier_version_tells_the_same() -> None:
    assert weighed_body(body()) == Weighed(0, 0)
    assert weighed_body(body(change("update"), change("remove", "alternateMobile"))) == Weighed(1, 1)
    off = change("disable", "smsSignIn", before="ready", after="notEnabled")
    assert weighed_body(body(off)) == Weighed(1, 0)
    # It may be the same number, rewritten, or another one that looks the same.
    assert weighed_body(body(change("update", before="b"), off)) == Weighed(1, 1)
    assert weighed_body(body(change("update"), off)) == Weighed(0, 1)
    assert weighed_body(body(change("add", before=None), off)) == Weighed(0, 0)
    assert weighed_body(body(change("update", status="failed"), change("keep", "email"))) == Weighed(0, 0)


def test_who_was_not_found_or_stands_there_twice_counts_for_nothing() -> None:
    assert weighed_body(body(userId=None)) is None
    assert weighed_body(body(code="duplicateUser")) is None
