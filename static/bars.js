// The bars of a chart are one stop of the Tab key: arrows go from bar to bar, Home and End to the first and the last.

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

addEventListener("keydown", (event) => {
  const bar = event.target.closest?.("svg.bars a");
  const step = STEPS[event.key];
  if (!bar || step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  const bars = [...bar.parentNode.querySelectorAll("a")];
  const next = bars[Math.min(Math.max(bars.indexOf(bar) + step, 0), bars.length - 1)];
  event.preventDefault();
  for (const each of bars) each.setAttribute("tabindex", each === next ? "0" : "-1");
  next.focus();
});
