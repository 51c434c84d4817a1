"""The rows as CSV."""

import csv
import io

from shared.core.codes import Code
from shared.core.models import Stop, Target
from shared.core.survey.rows import COLUMNS, shown, unread_row
from shared.core.survey.table import cell, rows_csv


def test_each_kind_of_value_has_one_text() -> None:
    values = [None, True, False, ["a", "b"], {"mobile": "+46 ***05", "office": None}, {}, [], "x"]
    assert list(map(cell, values)) == ["", "true", "false", "a; b", "mobile +46 ***05; office -", "", "", "x"]


def test_no_cell_is_a_formula_to_a_spreadsheet() -> None:
    row = shown(unread_row(Target('=cmd|"/c calc"!A1@contoso.com'), Stop(Code.USER_NOT_FOUND, "+1")), ())
    (line,) = csv.DictReader(io.StringIO(rows_csv([row]).decode("utf-8-sig")))
    assert (line["userPrincipalName"][0], line["message"][0], line["status"]) == ("'", "'", "failed")
    assert {line[name] for name in COLUMNS} == {""}
