"""payload/table*.py: whatever is sent, it is a table or it is refused."""

import contextlib
import csv
import io
import time

from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.api.payload.table import looks_like_table, parse_table, parse_table_users
from shared.core.desired import RequestedValue
from shared.core.models import Method, Target
from shared.errors import InvalidBody
from tests.unit.api.payload.parsing import NUMBER
from tests.unit.api.payload.tables import HEADER

TEXTS = st.text(st.sampled_from("UPN,;\t\"'\r\n=+-0123456789E.@\u00e5\x00\x85\u2028 #ab"), max_size=60)
TABLES = st.builds(
    "{}{}\n{}".format, st.sampled_from(["", "sep=;\n", "#TYPE\n"]), st.sampled_from(["UPN;Mobile", "upn"]), TEXTS
)


@given(
    st.binary() | TEXTS.map(str.encode) | TABLES.flatmap(lambda t: st.sampled_from([t.encode(), t.encode("utf-16")]))
)
@example(b"UPN,Mobile\n\x00,\x00\n")
@example(b"\xff\xfe\x00\xd8")
@example(b"sep=\x00\nUPN\x00Mobile\n")
def test_nothing_but_a_refusal_comes_out_of_any_bytes(body: bytes) -> None:
    looks_like_table(body, None)
    for parse in (parse_table, parse_table_users):
        with contextlib.suppress(InvalidBody):
            assert parse(body).entries


NAMES = st.from_regex(r"[a-z']{1,8}@(contoso|fabrikam)\.com", fullmatch=True)
# As they are read: without white space around them, and without Excel's mark in front of a text.
CELLS = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12)
    .map(str.strip)
    .filter(lambda text: not text.startswith("'"))
)


@given(
    rows=st.dictionaries(NAMES, st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    newline=st.sampled_from(["\r\n", "\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_table_in_any_dialect_reads_back(
    rows: dict[str, tuple[str, str]], delimiter: str, quoting: int, newline: str, encoding: str
) -> None:
    for cell in (cell for cells in rows.values() for cell in cells):
        assume(not cell[:1].isdigit() and cell[:1] not in ("=", "+", "-", "#"))
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=newline)
    writer.writerow(["Mobile", "UPN", "OfficePhone", "ForcedUpdate"])
    writer.writerows([mobile, name, office, True] for name, (mobile, office) in rows.items())
    found = parse_table(written.getvalue().encode(encoding)).users
    expected = {
        Target(upn=name): {
            method: RequestedValue(cell)
            for method, cell in zip((Method.MOBILE, Method.OFFICE), cells, strict=True)
            if cell
        }
        for name, cells in rows.items()
    }
    assert {target: dict(asked.values) for target, asked in found.items()} == expected


def test_a_megabyte_is_read_in_good_time() -> None:
    body = (HEADER + "\n" + "".join(f"user{i}@contoso.com,{NUMBER},,,true,\n" for i in range(24_000))).encode()
    assert len(body) > 1_000_000
    started = time.process_time()
    assert parse_table(body).entries == 24_000
    # A second on the slowest of machines that also runs other tests; quadratic work would take minutes.
    assert time.process_time() - started < 10
