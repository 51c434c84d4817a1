"""api/query.py: what a query asks for, and what in it is refused."""

import pytest

from shared.api.frame import WebRequest
from shared.api.payload.rehearsal import IN_QUERY
from shared.api.query import choice, dry_run, refuse_dry_run, refuse_unknown
from shared.errors import InvalidQuery

DRY_RUN = ("true", "false", "1", "0")


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ("", None),
        ("code=abc", None),
        ("code=abc&x=", None),
        ("dry=true", None),
        ("run=true", None),
        ("code=dryRun", None),
        ("dryRun=true", "true"),
        ("dryrun=TRUE", "true"),
        ("DRYRUN=1", "1"),
        ("code=a%3Db&dryRun=false", "false"),
        ("dry%52un=%74rue", "true"),
        ("code=a/b+c==&dryRun=0", "0"),
    ],
)
def test_a_choice_that_is_made_or_not(query: str, value: str | None) -> None:
    assert choice(query, "dryRun", DRY_RUN) == value


LOOK_ALIKES = [
    *("{}", "{}=", "{}=yes", "{}=true%20", "{}=%00true", "{}=2", "{}=truee", "{}=\uff11", "{}=tru\u0435"),
    *("x{}=true", "{}x=true", "dry-{}=true", "{}[]=true", "{}[0]=true", "{}.=true", "%20{}=true", "{}%20=true"),
    *("amp;{}=true", "code=a&amp;{}=true", "{}%3Dtrue", "{}:true", "{}%3Atrue", "%22{}%22=true", "${}=true"),
    *("{}=true&{}=true", "{}=true&{}=false", "{}=false&{}=", "{}=true,true", "{}=full,full"),
    *("code=a;{}=true", "code=a;{}", "code=a?{}=true", "code=a%26{}=true", "code=a%3F{}=true", "x=1;y=2;{}=1"),
    *("clientId=a;is-{}=true", "clientId=a%26-{}=1", "subscription-key=k?x_{}"),
    *("{}=true;x=1", "{}=true?x=1"),
]


@pytest.mark.parametrize("query", LOOK_ALIKES)
def test_what_looks_like_a_choice_and_is_not_understood_is_refused(query: str) -> None:
    for name, allowed, offered in (
        ("dryRun", DRY_RUN, "true, false, 1 or 0"),
        ("show", ("full", "masked"), "full or masked"),
    ):
        for spelt in (name, name.upper()):
            with pytest.raises(InvalidQuery, match=f"{name} must be given once, as {offered}. Nothing was done."):
                choice(query.replace("{}", spelt), name, allowed)


@pytest.mark.parametrize("query", ["dryRun=true", "dryRun=false", "dryRun=0", "DRYRUN=", "dry-run=1", "x;dryRun"])
def test_a_choice_that_is_not_offered(query: str) -> None:
    with pytest.raises(InvalidQuery, match="dryRun is not supported on this route"):
        choice(query, "dryRun", ())


def test_the_refusal_does_not_repeat_the_query() -> None:
    with pytest.raises(InvalidQuery) as refused:
        choice("dryRun=%2B46701740605", "dryRun", DRY_RUN)
    assert "701740605" not in refused.value.detail


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *(("", False), ("dryRun=false", False), ("whatIf=0", False), ("code=whatIf", False)),
        *(("dryRun=true", True), ("whatIf=true", True), ("WhatIf=1", True), ("code=a&whatif=TRUE", True)),
    ],
)
def test_what_if_is_another_word_for_a_dry_run(query: str, expected: bool) -> None:
    assert dry_run(query) is expected


@pytest.mark.parametrize(
    "query",
    [
        *(
            "whatIf",
            "whatIf=",
            "whatIf=yes",
            "WhatIf=$true",
            "what-if=true",
            "-WhatIf=true",
            "whatIf:true",
            "x;whatIf=1",
        ),
        *("code=a?whatIf=true", "whatIf=true&whatIf=true", "\uff37\uff48\uff41\uff54\uff29\uff46=true"),
    ],
)
def test_what_looks_like_what_if_and_is_not_understood_is_refused(query: str) -> None:
    with pytest.raises(InvalidQuery, match="whatIf must be given once"):
        dry_run(query)
    with pytest.raises(InvalidQuery, match="whatIf is not supported on this route"):
        refuse_dry_run(query)


@pytest.mark.parametrize("query", ["dryRun=true&whatIf=true", "whatIf=0&dryRun=0", "whatIf=true&dryRun=false"])
def test_both_words_at_once_are_refused(query: str) -> None:
    with pytest.raises(InvalidQuery, match="dryRun and whatIf mean the same; send one of them"):
        dry_run(query)


@pytest.mark.parametrize(
    "query", ["", "code=a", "CODE=a&clientId=default", "subscription-key=x", "dryRun=true&async=1", "DRYRUN=1", "&&"]
)
def test_what_is_known_passes(query: str) -> None:
    refuse_unknown(WebRequest(b"", {"prefer": "respond-async", "x-functions-key": "k"}, query), "dryRun", "async")


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("dryRn=true", "Did you mean dryRun"),
        ("code=a&asnyc=true", "Did you mean async"),
        *(
            (query, "Supported here: dryRun, async")
            for query in ("preview=true", "x", "x=", "code%20=a", "test=1", "=1")
        ),
        ("subscriptionkey=x", "Supported here"),
    ],
)
def test_what_is_not_known_is_refused_and_not_repeated(query: str, hint: str) -> None:
    with pytest.raises(InvalidQuery, match=hint) as refused:
        refuse_unknown(WebRequest(b"", {}, query), "dryRun", "async")
    assert "preview" not in refused.value.detail


def test_where_nothing_is_offered() -> None:
    with pytest.raises(InvalidQuery, match="Supported here: none"):
        refuse_unknown(WebRequest(b"", {}, "preview=true"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("x-dry-run", "true"), ("x-dry-run", "false"), ("x-what-if", ""), ("x-whatif", "1"), ("dryrun", "true")),
        *(("x-ms-dry_run", "1"), ("prefer", "respond-async, dry-run"), ("prefer", "what-if")),
    ],
)
def test_a_header_that_asks_for_a_dry_run_is_refused(name: str, value: str) -> None:
    request = WebRequest(b"", {"message": "m", name: value}, "dryRun=true")
    with pytest.raises(InvalidQuery, match="in the query only"):
        refuse_unknown(request, "dryRun", no_rehearsal=IN_QUERY)
    with pytest.raises(InvalidQuery, match="not supported on this route"):
        refuse_unknown(request, "dryRun")
