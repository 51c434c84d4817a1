"""Hypothesis strategies for the planner: what a user may have registered, and what may be desired of it.

The pools are small on purpose: numbers that are registered, desired, taken by others and alike when masked must meet.
Whatever can be listed is listed and drawn in one piece, which is what makes the properties quick.
"""

from itertools import combinations, permutations

from hypothesis import strategies as st

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue, Removal
from shared.core.models import PHONES, Method, SmsState, Stop
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy
from tests.unit.graph_rules import Account, Key, SmsPolicy
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, number

# The first and the last look alike when masked.
NUMBERS = [number(text) for text in ("+46 701740605", "+46 701740666", "+46 701740677", "+46 739999905")]
TEXTS = [found.graph_format for found in NUMBERS]
ADDRESSES = ["anna@example.com", "Anna@Example.com", "a@example.com"]
KINDS = [Method.FIDO2, Method.MICROSOFT_AUTHENTICATOR, Method.SOFTWARE_OATH]
STOP = Stop(Code.INVALID_NUMBER, "It is no number.")

policies = st.sampled_from([Policy(), Policy(rewrite_masked=True)])

# Every set of types that Graph allows, in every order.
_TYPES = [
    types
    for size in range(len(PHONES) + 1)
    for types in permutations(PHONES, size)
    if MOBILE in types or ALTERNATE not in types
]
_IDS = ["key-1", "key-2", "key-3"]
_ID_SETS = [ids for size in range(len(_IDS) + 1) for ids in combinations(_IDS, size)]
_TAKEN = [frozenset(texts) for size in range(3) for texts in combinations(TEXTS, size)]
_REMOVALS = [Removal(kind, method_id) for kind in KINDS for method_id in (None, "key-1", "KEY-2", "key-9")]
_REMOVAL_LISTS = [removals for size in range(3) for removals in permutations(_REMOVALS, size)]
_NAMED = [kinds for size in range(5) for kinds in permutations((MOBILE, ALTERNATE, OFFICE, EMAIL), size)]
_bools = st.booleans()
_texts = st.tuples(*[st.sampled_from(TEXTS)] * len(PHONES))
_kinds = st.tuples(*[st.sampled_from(KINDS)] * len(_IDS))


@st.composite
def accounts(draw: st.DrawFn, *, has_default: bool = True) -> Account:
    """Any state that Graph allows; `deaf` and `complains` are moods of the service."""
    phones = dict(zip(draw(st.sampled_from(_TYPES)), draw(_texts), strict=False))
    others = dict(zip(draw(st.sampled_from(_ID_SETS)), draw(_kinds), strict=False))
    keys: list[Key] = [*((kind, None) for kind in phones), *((kind, method_id) for method_id, kind in others.items())]
    policy, taken = draw(st.sampled_from(SmsPolicy)), draw(st.sampled_from(_TAKEN))
    state = None
    if MOBILE in phones and policy is not SmsPolicy.FORBIDS:
        on = SmsState.PHONE_NUMBER_NOT_UNIQUE if phones[MOBILE] in taken else SmsState.READY
        state = draw(st.sampled_from([on, SmsState.NOT_ENABLED]))
    return Account(
        phones,
        draw(st.sampled_from([None, *ADDRESSES])),
        others,
        draw(st.sampled_from([None, *keys])) if has_default else None,
        draw(_bools),
        policy,
        taken,
        draw(_bools),
        draw(_bools),
        state,
    )


def _values(values: list[PhoneNumber] | list[EmailAddress]) -> list[DesiredValue]:
    return [
        *(DesiredValue(value) for value in values * 3),  # the usual ones more often
        *[DesiredValue(None)] * 6,
        *(DesiredValue(value, condition) for value in values for condition in Condition),
        DesiredValue(None, Condition.MUST_EXIST),
        *(DesiredValue(None, present=value) for value in values),
        DesiredValue(None, stop=STOP),
    ]


def _pool(kind: Method) -> list[PhoneNumber] | list[EmailAddress]:
    return [EmailAddress(text) for text in ADDRESSES] if kind is EMAIL else NUMBERS


_DESIRED = {kind: st.sampled_from(_values(_pool(kind))) for kind in (MOBILE, ALTERNATE, OFFICE, EMAIL)}


@st.composite
def desired_states(draw: st.DrawFn, account: Account) -> Desired:
    """Anything that may be desired of this user."""
    return Desired(
        {kind: draw(_DESIRED[kind]) for kind in draw(st.sampled_from(_NAMED))},
        draw(st.sampled_from([None, True, False])),
        removals=draw(st.sampled_from(_REMOVAL_LISTS)),
        synced=account.synced,
    )


def simple_values(kind: Method) -> st.SearchStrategy[DesiredValue]:
    """A value or nothing, without any condition."""
    return st.sampled_from([DesiredValue(value) for value in (None, *_pool(kind))])
