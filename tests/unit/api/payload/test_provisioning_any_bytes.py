"""payload/provisioning*.py: whatever is sent, it is a plan or it is refused."""

import contextlib
import json

from hypothesis import example, given
from hypothesis import strategies as st

from shared.api.payload.provisioning import parse_plan
from shared.errors import InvalidBody
from tests.unit.api.payload.parsing import ANNA, ID
from tests.unit.api.payload.plans import AUTHENTICATOR, MOBILE, as_json

TAGS = st.sampled_from(
    [
        *(
            "<P>",
            "</P>",
            "<AccountRequest>",
            f'<AccountRequest nativeIdentity="{ANNA}" op="Create">',
            "</AccountRequest>",
        ),
        *(f'<AttributeRequest name="{MOBILE}">', f'<AttributeRequest name="{AUTHENTICATOR}" op="Remove"/>'),
        *(
            "</AttributeRequest>",
            "<Value>",
            "</Value>",
            "<List>",
            "</List>",
            "<String>",
            "</String>",
            "<Map/>",
            "+46",
            "&lt;",
        ),
    ]
)
KEYS = st.sampled_from(["accountRequests", "op", "nativeIdentity", "attributeRequests", "name", "value", "id", "x"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.text(max_size=5)
    | st.sampled_from([ANNA, ID, MOBILE, AUTHENTICATOR, "Add", "Remove"])
)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=25)
ATTRIBUTES = st.fixed_dictionaries(
    {"name": SCALARS, "op": st.sampled_from(["Add", "Remove", "Set", 1])}, optional={"value": DOCUMENTS}
)
PLANS = st.builds(
    lambda op, user, attributes: as_json({"op": op, "nativeIdentity": user, "attributeRequests": attributes}),
    *(st.sampled_from(["Create", "Modify"]), SCALARS, st.lists(ATTRIBUTES, max_size=4)),
)


@given(
    st.binary()
    | st.lists(TAGS, max_size=12).map(lambda tags: f"<P>{''.join(tags)}</P>".encode())
    | DOCUMENTS.map(lambda document: json.dumps({"accountRequests": document}).encode())
    | PLANS
)
@example(b"<\x00")
@example(b"\xff\xfe<\x00")
@example(b'<?xml version="1.0" encoding="\xff"?>')
@example(b'{"accountRequests": [{"op": "\\ud800", "nativeIdentity": "\\ud800", "attributeRequests": []}]}')
def test_nothing_but_a_refusal_comes_out_of_any_bytes(body: bytes) -> None:
    with contextlib.suppress(InvalidBody):
        found = parse_plan(body)
        assert 0 < len(found.users) <= found.entries
