"""What is sent weighs no more than what the guards have judged, whatever becomes of the user meanwhile."""

from hypothesis import given
from hypothesis import strategies as st

from shared.core.guard.ceilings import weigh
from shared.core.models import PHONES, Change, Outcome
from shared.core.plan import Policy, plan_user
from tests.unit.core.desired_states import ADDRESSES, TEXTS, policies
from tests.unit.core.test_properties_apply import ANSWERS, Story, stories, tell
from tests.unit.people import EMAIL, SMS, Answering, InMemory, meanwhile
from tests.unit.strategies import MORE


def overtaken(text: str, *, by: Answering) -> Answering:
    """The user registers the same method just before the write arrives."""

    def answer(directory: InMemory, user_id: str, change: Change) -> Outcome:
        if change.method in PHONES:
            directory.phones[user_id][change.method] = text
        if change.method is EMAIL:
            directory.accounts[user_id].email = ADDRESSES[-1]
        return by(directory, user_id, change)

    return answer


GONE = [meanwhile(kind, None) for kind in PHONES]
OVERTAKEN = [overtaken(text, by=answer) for text in TEXTS for answer in dict.fromkeys(ANSWERS)]


@MORE
@given(stories(), st.lists(st.sampled_from([*OVERTAKEN, *GONE, *ANSWERS]), max_size=10), policies, st.booleans())
def test_every_write_weighs_no_more_than_the_one_that_was_judged(
    story: Story, answers: list[Answering], policy: Policy, masked: bool
) -> None:
    story.answers = answers
    current = story.account.seen(story.desired.scope, masked=masked)
    judged = {change.key: change for change in plan_user(story.desired, current, policy).changes if change.is_write}
    tell(policy, masked, story)
    for event in story.events:
        if isinstance(event, bool):
            continue
        sent, before = event[0], judged[event[0].key]
        # What a switch weighs depends on what becomes of its number.
        assert sent.method is not SMS or sent.action is before.action
        now, then = weigh([sent]), weigh([before])
        assert sent.method is SMS or (now.removals <= then.removals and now.overwrites <= then.overwrites)
