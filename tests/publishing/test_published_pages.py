"""Pages, published or asked for: after whatever happened they are what compiling all anew would give."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from samples import DAY, NOON, catalog, infobase
from snapshot_histories import Step, histories

from errorhelp.answers.answer import Answer
from errorhelp.answers.snapshot import compile
from errorhelp.catalog.catalog import Catalog
from errorhelp.publishing.published_tree import publish

PAGES = [
    "/",
    "/en/",
    "/messages.json",
    "/messages.atom",
    "/maintenance.ics",
    "/help/erp.html",
    "/help/en/erp_old.html",
    "/help/ru/bp.html",
    "/help/stale.html",
]


# It compiles every page at every step.
@settings(max_examples=settings().max_examples // 4)
@given(histories())
def test_publishing_only_what_changed_leaves_what_publishing_all_would(
    history: tuple[Catalog, list[Step]],
) -> None:
    whole, steps = history
    snapshot = None
    published: dict[str, Answer] = {}
    for step in steps:
        previous = snapshot
        snapshot = compile(whole, step.messages, step.now, previous, step.overrides)
        published.update(snapshot.published(previous))
        full = compile(whole, step.messages, step.now, overrides=step.overrides)
        assert published == dict(full.published())


@given(histories(), st.sampled_from(PAGES), st.floats(0, 0.99))
def test_a_page_stays_right_for_as_long_as_it_says(
    history: tuple[Catalog, list[Step]], path: str, part: float
) -> None:
    whole, (step, *_) = history
    snapshot = compile(whole, step.messages, step.now, overrides=step.overrides)
    page = snapshot.find(path, step.now.timestamp())
    assert page is not None
    end = datetime.fromtimestamp(min(page.valid_until, (step.now + 3 * DAY).timestamp()), UTC)
    for later in (step.now + (end - step.now) * part, end - timedelta(microseconds=1)):
        anew = compile(whole, step.messages, later, overrides=step.overrides).find(path, later.timestamp())
        assert anew == page


def test_every_page_is_a_file_in_the_tree(tmp_path: Path) -> None:
    whole = catalog(infobase("erp", aliases=("erp_old",)), infobase("hr"))
    publish(compile(whole, (), NOON), tmp_path / "tree", NOON.timestamp())
    for name in (
        "index.html",
        "en/index.html",
        "messages.json",
        "ru/messages.atom",
        "maintenance.ics",
        "help/erp_old.html",
        "help/en/hr.html",
        "help/_unknown.html",
    ):
        assert (tmp_path / "tree" / name).read_bytes()
