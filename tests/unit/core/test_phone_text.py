"""core/phone_text.py: what people and programs put around a number, and what a spreadsheet made of one."""

import pytest

from shared.core.phone_text import InvalidNumber
from tests.unit.parsed import parse_number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        *(("-701740559", "SE"), ("\u22122065550113", "US"), ("\u20137700900123", "GB"), ("-46701740605", None)),
        *(("\u2010701740559", "SE"), ("\u2011701740559", "SE"), ("\u2014701740559", "SE"), ("\u2015701740559", "SE")),
        *(("\uff0d701740559", "SE"), ("\ufe63701740559", "SE"), (" - 701 740 559", "SE"), ("-+46 701740605", "SE")),
        *(("\u200b-701740559", "SE"), ("-\n701740559", "SE"), ("(-701740559)", "SE"), ("(\u2212701740559)", "SE")),
        *(("(701740559)", "SE"), ("(701 740 559)", "SE"), ("701740559-", "SE"), ("701740559\u2212", "SE")),
        *(("46701740605.0", "SE"), ("+46701740605.0", "SE"), ("701740605,00", "SE"), ("0701740605.5", "SE")),
        *(("4.67017E+10", "SE"), ("4,67E+10", "SE"), ("4e10", "SE"), ("+4,67e+010", "SE"), ("1.20656E-5", "US")),
        ("tel:-701740559", "SE"),
    ],
)
def test_what_a_spreadsheet_computed_with_is_no_number(text: str, region: str | None) -> None:
    with pytest.raises(InvalidNumber, match=r"treated it as a quantity.*Store it as text.*such as \+46 …"):
        parse_number(text, region)


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("(070) 174 06 05", "SE", "+46 701740605"),
        ("(206) 555-0113", "US", "+1 2065550113"),
        ("+46-70-174-06-05", None, "+46 701740605"),
        ("070.174.06.05", "SE", "+46 701740605"),
        ("06.12.34.56.78", "FR", "+33 612345678"),
        ("+46 701740605-", None, "+46 701740605"),
        ("0701740605-", "SE", "+46 701740605"),
    ],
)
def test_dashes_dots_and_brackets_elsewhere_are_fine(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


@pytest.mark.parametrize(
    ("text", "region", "expected"),
    [
        ("tel:+1-206-555-0113", None, "+1 2065550113"),
        ("tel:+46-70-174-06-05;ext=7", None, "+46 701740605x7"),
        ("TEL:+46.70.174.06.05", None, "+46 701740605"),
        ("tel://+46701740605", None, "+46 701740605"),
        ("tel: +46 701740605 ", None, "+46 701740605"),
        ("tel:%2B46701740605", None, "+46 701740605"),
        ("tel:+46701740605;ext=1-2", None, "+46 701740605x12"),
        ("tel:070-174-06-05", "SE", "+46 701740605"),
        ("tel:0046701740605", "SE", "+46 701740605"),
        ("tel:70-174-06-05;phone-context=+46", None, "+46 701740605"),
        ("tel:070-174-06-05;phone-context=+46", "US", "+46 701740605"),
        ("tel:174-06-05;phone-context=+46-70;ext=7", "US", "+46 701740605x7"),
        ("tel:555-0113;EXT=7;Phone-Context=+1-206", "SE", "+1 2065550113x7"),
        ("tel:070-174-06-05;phone-context=contoso.com", "SE", "+46 701740605"),
        ("tel:+1-206-555-0113;phone-context=+46", None, "+1 2065550113"),
        ("\u202atel:+1-206-555-0113\u202c", None, "+1 2065550113"),
    ],
)
def test_an_address_of_rfc_3966(text: str, region: str | None, expected: str) -> None:
    assert parse_number(text, region).graph_format == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "tel:",
            "tel:;ext=7",
            "tel:anna",
            "tel:+46701740605;isub=12",
            "tel:+46701740605;ext",
            "tel:+46701740605;ext=x",
        ),
        *("tel:+46701740605?x=y", "tel:tel:+46701740605", "tel:+46701740605;+46701740606", "telephone:+46701740605"),
    ],
)
def test_an_address_with_parts_that_are_not_known(text: str) -> None:
    with pytest.raises(InvalidNumber, match=r"parts that|characters that"):
        parse_number(text, "SE")
