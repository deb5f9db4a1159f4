// Days and durations in the words that a page carries, which are Babel's: browsers lack some of the languages.

// How far a zone's clocks are ahead of UTC, in ms.
function offset(moment, zone) {
  const format = new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  return Date.parse(`${format.format(moment).replace(" ", "T")}Z`) - Math.floor(moment / 1000) * 1000;
}

// The time in a zone, as the UTC of a date.
function localTime(moment, zone) {
  return new Date(moment + offset(moment, zone));
}

function dayName(words, local) {
  return words.days[local.getUTCMonth()].replace("{day}", local.getUTCDate());
}

function clockFace(local) {
  return local.toISOString().slice(11, 16);
}

function duration(words, milliseconds) {
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  let rest = Math.max(Math.ceil(milliseconds / 1000), 0);
  const counted = units.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return { unit, count };
  });
  const first = counted.findIndex(({ count }) => count);
  // Seconds count only when nothing else is left.
  const shown = counted.slice(first, first < 2 ? first + 2 : first + 1).filter(({ count }) => count);
  return shown.map(({ unit, count }) => inUnits(words, unit, count)).join(" ").replaceAll(" ", "\u00a0");
}

function inUnits(words, unit, count) {
  const form = words.forms?.[count < 200 ? count : 100 + (count % 100)] ?? 0;
  return words.units[unit][form].replace("{count}", count);
}
