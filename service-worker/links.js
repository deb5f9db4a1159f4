// What can be called or opened in a plain text is a link, by the same rules as on the help page (errorhelp/text/links.py).

const LETTER = "\\p{L}\\p{N}_";
// Looked for one by one, with what may not stand before them: older browsers cannot look behind.
const LINKS = [
  {
    notBehind: `[${LETTER}]`,
    pattern: "https?://[^\\s<>\"«»“”]+",
    link: ([found]) => ({ shown: webAddress(found), target: webAddress(found) }),
  },
  {
    notBehind: `[${LETTER}.+\\-]`,
    pattern: `[${LETTER}.+\\-]{1,64}@[${LETTER}\\-]{1,63}(?:\\.[${LETTER}\\-]{1,63}){1,8}`,
    link: ([found]) => ({ shown: found, target: `mailto:${encodeURI(found)}` }),
  },
  {
    notBehind: `[${LETTER}.,+/‑\\-]`,
    pattern: "(?:\\+\\d[\\d ()‑\\-]{5,22}\\d|8[ (‑\\-][\\d ()‑\\-]{8,16}\\d"
      + "|\\(\\d{3,5}\\) ?\\d[\\d ‑\\-]{3,8}\\d|\\d{3}[‑\\-]\\d\\d[‑\\-]\\d\\d)"
      + `(?![${LETTER}‑\\-])(?:,? (?:доб|вн|ext|дад|дод)(?:\\. ?| )(?<extension>\\d{1,6})(?![${LETTER}]))?`,
    link: ({ 0: found, groups: { extension } }) => {
      const number = extension ? found.replace(/,? \D+\d+$/u, "") : found;
      return { shown: found, target: phoneAddress(number, extension) };
    },
  },
  {
    notBehind: `[${LETTER}]`,
    // What was found as the number is not tried again shorter.
    pattern: "(?:тел|доб|вн|звоните|позвоните|tel|ext|phone|call|dial|тэл|дад|дод|ішкі|патэлефануйце|зателефонуйте"
      + "|tālr|daxili|ichki|durchwahl|helistage|zvaniet|skambinkite|nazovite)(?:[.:]{1,2} ?| )"
      + `(?=(?<number>\\d(?:[ ‑\\-]?\\d){2,14}))\\k<number>(?![${LETTER}:/‑\\-]|[.,]\\d)`,
    link: ({ groups: { number } }) => ({ shown: number, target: phoneAddress(number) }),
  },
].map(({ notBehind, pattern, link }) => (
  { notBehind: new RegExp(notBehind, "u"), pattern: new RegExp(pattern, "iuy"), link }
));

// The text as nodes and strings; web addresses open beside the page, which goes on looking for the server.
function linked(text) {
  const parts = [];
  let end = 0;
  let position = 0;
  while (position < text.length) {
    const found = linkAt(text, position);
    if (found?.target) {
      const start = text.indexOf(found.shown, position);
      parts.push(text.slice(end, start), anchor(found));
      position = end = start + found.shown.length;
    } else {
      position = found?.end ?? position + 1;
    }
  }
  return [...parts, text.slice(end)];
}

function linkAt(text, position) {
  const before = text.slice(Math.max(0, position - 2), position);
  for (const { notBehind, pattern, link } of LINKS) {
    pattern.lastIndex = position;
    if (notBehind.test(lastLetter(before))) continue;
    const match = pattern.exec(text);
    if (match) return { ...link(match), end: pattern.lastIndex };
  }
  return null;
}

function lastLetter(text) {
  return [...text].pop() ?? "";
}

function anchor({ shown, target }) {
  const made = document.createElement("a");
  made.href = target;
  made.textContent = shown;
  if (/^http/i.test(target)) Object.assign(made, { target: "_blank", rel: "noopener" });
  return made;
}

// The address without what ends the sentence behind it; "" if it is none.
function webAddress(found) {
  let address = found.replace(/[.,:;!?…)\]}'’]+$/, "");
  if (address.includes("(") && found.startsWith(`${address})`)) address += ")";
  try {
    return new URL(address).hostname ? address : "";
  } catch {
    return "";
  }
}

// The number as RFC 3966 has it; "" if it has too few or too many digits.
function phoneAddress(number, extension) {
  const digits = number.replace(/\D/g, "");
  if (digits.length < 3 || digits.length > 15) return "";
  return `tel:${number.startsWith("+") ? "+" : ""}${digits}${extension ? `;ext=${extension}` : ""}`;
}
