from bench.peers.bare_loop import batches
from bench.people import needed_calls, people


def test_the_batches_hold_every_needed_call_once() -> None:
    who = people(1_000)
    documents = batches(who)
    assert len(documents) == 4 + 48 + 18
    members = [member for document in documents for member in document["requests"]]
    assert len(members) == needed_calls(who)
    assert len({(member["method"], member["url"]) for member in members}) == len(members)


def test_the_members_of_a_batch_have_ids_of_their_own() -> None:
    for document in batches(people(100)):
        ids = [member["id"] for member in document["requests"]]
        assert len(set(ids)) == len(ids) <= 20
