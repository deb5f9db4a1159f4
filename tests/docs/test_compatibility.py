"""What docs/*/compatibility.md promises is kept: no name goes that a release has had."""

from docs.reference.promised import documented, promised


def test_every_promised_name_is_still_there() -> None:
    gone = [name for name in promised() if name not in set(documented())]
    assert not gone, f"promised until 2.0; let the old names go on working and stay documented: {gone}"


def test_the_promise_covers_each_kind_of_name_once() -> None:
    names = promised()
    assert len(set(names)) == len(names)
    assert {name.split()[0] for name in names} == {
        "command",
        "option",
        "variable",
        "setting",
        "route",
        "operation",
        "parameter",
        "document",
        "field",
        "error",
        "metric",
    }
