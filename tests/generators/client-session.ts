// What somebody writes with the client that @hey-api/openapi-ts made; tsc --strict reads it, too.
//
//     node client-session.js ADDRESS TOKEN

import { client } from "./client/client.gen";
import { changeMessage, extendMessage, getMessage, listMessages, postMessage, previewMessage } from "./client";
import type { Message, NewMessage } from "./client";

declare const process: { argv: string[] };

function check<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(what);
  return value;
}

async function main(): Promise<void> {
  client.setConfig({ baseUrl: process.argv[2], auth: process.argv[3] });

  const body: NewMessage = { targets: ["erp"], text: { en: "Wait" }, severity: "outage", duration: "1h" };
  // @ts-expect-error: a severity that there is not
  const wrong: NewMessage = { targets: ["erp"], text: "Wait", severity: "bad", duration: "1h" };
  // @ts-expect-error: a message needs targets
  const lacking: NewMessage = { text: "Wait", duration: "1h" };

  const preview = check((await previewMessage({ body })).data, "preview");
  console.log("it would be shown at", preview.infobases.join(", "));

  const headers = { "Idempotency-Key": "two" };
  const posted: Message = check((await postMessage({ body, headers })).data, "post");
  const again: Message = check((await postMessage({ body, headers })).data, "post again");
  if (posted.id !== again.id) throw new Error("it was posted twice");
  console.log("posted once:", posted.id, posted.state);

  const path = { id: posted.id };
  const longer = check((await extendMessage({ path, body: { by: "30m" } })).data, "extend");
  if (Date.parse(longer.ends_at) - Date.parse(posted.ends_at) !== 30 * 60_000) throw new Error(longer.ends_at);

  const got = await getMessage({ path });
  const etag = check(got.response?.headers.get("ETag") ?? undefined, "etag");
  const change = { path, body: { targets: ["*"], text: "Soon", duration: "2h" }, headers: { "If-Match": etag } };
  check((await changeMessage(change)).data, "change");
  const stale = check((await changeMessage(change)).error, "stale");
  console.log("a change of what was changed meanwhile:", stale.status, stale.title);

  let cursor: string | undefined;
  let count = 0;
  do {
    const page = check((await listMessages({ query: { state: ["active"], limit: 2, cursor } })).data, "list");
    count += page.messages.length;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  console.log("on pages of two:", count, "messages");
}

main().catch((error) => {
  console.error(error);
  throw error;
});
