"""Files with data for the tests; `fixtures/README.md` says what each is."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "fixtures"
OFFICE = _FOLDER / "office.v8i"
BRANCH_UTF8_BOM = _FOLDER / "branch-utf8-bom.v8i"
BRANCH_WINDOWS_1251 = _FOLDER / "branch-windows-1251.v8i"
BRANCH_UTF16 = _FOLDER / "branch-utf16.v8i"
SECRETS = _FOLDER / "secrets.v8i"
SIXTY = _FOLDER / "sixty.v8i"
CLUSTER = _FOLDER / "1CV8Clst.lst"
