"""Whether a page can be read and used as it is laid out: nothing is too wide, too small or torn."""

from playwright.async_api import Page

# WCAG 2.2, 2.5.8: links in sentences may be smaller, and bars of a chart, whose table has the same links; a box or
# button with its label is one target.
_FAULTS = """
() => {
  const LEAST = 24;
  const faults = [];
  const root = document.documentElement;
  const name = (element) => `${element.outerHTML.slice(0, 120)}`;
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1 && box.right > 0;
  };

  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.querySelectorAll("body *")]
      .filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1 && !each.closest("svg"));
    faults.push(`wider than the screen: ${wide.slice(-3).map(name).join(" | ")}`);
  }

  function isInSentence(element) {
    if (getComputedStyle(element).display !== "inline") return false;
    return [...element.parentElement.childNodes].some((each) => each.nodeType === 3 && /\\p{L}/u.test(each.data));
  }
  const targets = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  for (const each of document.querySelectorAll(targets)) {
    if (!isSeen(each) || isInSentence(each) || each.closest("svg")) continue;
    const boxes = [each, ...(each.labels ?? [])].map((part) => part.getBoundingClientRect());
    const most = (side) => Math.max(...boxes.map((box) => box[side]));
    if (most("width") < LEAST - 0.5 || most("height") < LEAST - 0.5) {
      faults.push(`smaller than a finger: ${most("width").toFixed(1)} x ${most("height").toFixed(1)} ${name(each)}`);
    }
  }

  const whole = /\\+?\\d[\\d ()-]{8,}\\d|\\d{1,2}:\\d{2}|[\\p{L}\\p{N}_]{2,30}/gu;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { currentNode: text } = texts;
    if (text.parentElement.closest("pre, code, .mono, textarea, option, script, style, datalist, svg")) continue;
    // An address may be torn: there is nowhere else to break it.
    if (!isSeen(text.parentElement) || /^https?:/.test(text.data.trim())) continue;
    for (const { 0: word, index } of text.data.matchAll(whole)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      const tops = [...range.getClientRects()].filter((box) => box.width > 0).map((box) => box.top);
      if (Math.max(...tops) - Math.min(...tops) > 4) faults.push(`torn: ${word} in ${name(text.parentElement)}`);
    }
  }
  return faults;
}
"""


async def layout_faults(page: Page) -> list[str]:
    """What is wrong with the page in its window.

    That it scrolls sideways, targets under 24 px, and words, times and phone numbers that are torn over lines.
    """
    found: list[str] = await page.evaluate(_FAULTS)
    return found
