"""Calling codes that need opt-in."""

import pytest

from shared.core.phone import PhoneNumber
from shared.core.survey.regions import needs_opt_in

ISLANDS = "684 264 268 242 246 441 284 345 767 809 849 473 671 658 876 664 670 787 939 869 758 784 721 868 649 340"


@pytest.mark.parametrize(("code", "national"), [(1, "2065550101"), (1, "4165550101"), (33, "639980001")])
def test_a_few_are_open(code: int, national: str) -> None:
    assert not needs_opt_in(PhoneNumber(code, national))
    assert not needs_opt_in(PhoneNumber(34, "600000001"))
    assert not needs_opt_in(PhoneNumber(61, "491570006"))


@pytest.mark.parametrize("code", [7, 20, 31, 44, 46, 49, 86, 91, 299, 352, 972])
def test_all_others_need_it(code: int) -> None:
    assert needs_opt_in(PhoneNumber(code, "701740605"))


@pytest.mark.parametrize("area", ISLANDS.split())
def test_so_do_the_islands_behind_plus_one(area: str) -> None:
    assert needs_opt_in(PhoneNumber(1, f"{area}5550101"))
