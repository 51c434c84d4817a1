from collections import Counter

from bench.people import BLOCK, Kind, needed_calls, people, seed


def test_every_block_of_twenty_has_the_whole_mix() -> None:
    who = people(3 * BLOCK)
    for start in range(0, len(who), BLOCK):
        assert Counter(person.kind for person in who[start : start + BLOCK]) == {
            Kind.RIGHT: 12,
            Kind.MISSING: 4,
            Kind.WRONG: 3,
            Kind.EMPTY: 1,
        }


def test_a_short_list_is_the_beginning_of_a_long_one() -> None:
    assert people(2_000)[:30] == people(30)
    assert people(1)[0].kind is Kind.RIGHT


def test_a_wrong_number_differs_in_its_last_two_digits() -> None:
    for person in people(2_000):
        if person.kind is Kind.WRONG:
            assert person.number is not None
            assert person.registered is not None
            assert person.number[-2:] != person.registered[-2:]


def test_the_tenant_holds_what_each_kind_means() -> None:
    words = {user["userPrincipalName"]: user for user in seed(people(BLOCK))["users"]}
    for person in people(BLOCK):
        user = words[person.upn]
        registered = user.get("phones", {}).get("mobile")
        assert ("extensionAttribute15" in user) is (person.kind is not Kind.EMPTY)
        assert (registered is not None) is (person.kind in (Kind.RIGHT, Kind.WRONG))
        assert (registered == user.get("extensionAttribute15", "")) is (person.kind is Kind.RIGHT)


def test_the_needed_calls_are_filters_reads_and_writes() -> None:
    assert needed_calls(people(BLOCK)) == 2 + 19 + 7
    assert needed_calls(people(1_000)) == 67 + 950 + 350
