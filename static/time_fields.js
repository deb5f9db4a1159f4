// Times have 24 hours here, also in a browser whose own fields have AM and PM.

const EXAMPLES = { time: "14:00", "datetime-local": "2026-11-21 14:00" };
const hasTwelveHours = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12;

// The server reads what is typed in them as it does what the browser's own fields send.
export function showTwentyFourHours() {
  if (!hasTwelveHours) return;
  for (const field of document.querySelectorAll("input[type=time], input[type=datetime-local]")) {
    const { type, value } = field;
    field.type = "text";
    field.value = value.replace("T", " ");
    field.size = EXAMPLES[type].length;
    field.placeholder = EXAMPLES[type];
    field.autocomplete = "off";
  }
}
