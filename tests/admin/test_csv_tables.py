"""Tables as CSV: Excel reads them right, and nothing in them is calculated."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.admin.csv_tables import csv_bytes


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_excel_knows_the_encoding_by_the_byte_order_mark() -> None:
    assert csv_bytes(["кто"], [["Анна"]]) == "\ufeffкто\r\nАнна\r\n".encode()


@pytest.mark.parametrize("text", ["=1+1", "+7 (495)", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/c calc'!A0"])
def test_what_would_be_calculated_is_text(text: str) -> None:
    ((cell,),) = read(csv_bytes(["a"], [[text]]))[1:]
    assert cell == f"'{text}"


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2), max_size=5)
)
def test_any_text_comes_back_as_a_cell_that_is_no_formula(rows: list[list[str]]) -> None:
    cells = [cell for row in read(csv_bytes(["a", "b"], rows))[1:] for cell in row]
    assert [cell.removeprefix("'") for cell in cells] == [
        text.removeprefix("'") for row in rows for text in row
    ]
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
