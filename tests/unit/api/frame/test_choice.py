"""api/frame.py: the query."""

import pytest

from shared.api.frame import choice
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
    *("{}=true;x=1", "{}=true?x=1"),
]


@pytest.mark.parametrize("query", LOOK_ALIKES)
@pytest.mark.parametrize(
    ("name", "spelt", "allowed"),
    [
        ("dryRun", "dryRun", DRY_RUN),
        ("dryRun", "DRYRUN", DRY_RUN),
        ("show", "show", ("full", "masked")),
        ("show", "Show", ("full", "masked")),
    ],
)
def test_what_looks_like_a_choice_and_is_not_understood_is_refused(
    name: str, spelt: str, allowed: tuple[str, ...], query: str
) -> None:
    *others, last = allowed
    with pytest.raises(InvalidQuery, match=f"{name} must be given once, as {', '.join(others)} or {last}."):
        choice(query.replace("{}", spelt), name, allowed)


@pytest.mark.parametrize("query", ["dryRun=true", "dryRun=false", "dryRun=0", "DRYRUN=", "dry-run=1", "x;dryRun"])
def test_a_choice_that_is_not_offered(query: str) -> None:
    with pytest.raises(InvalidQuery, match="dryRun is not supported on this route"):
        choice(query, "dryRun", ())


def test_the_refusal_does_not_repeat_the_query() -> None:
    with pytest.raises(InvalidQuery) as refused:
        choice("dryRun=%2B46701740605", "dryRun", DRY_RUN)
    assert "701740605" not in refused.value.detail
