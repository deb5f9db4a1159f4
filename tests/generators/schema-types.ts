// What somebody writes with the types that openapi-typescript made; tsc --strict reads it.

import type { components, operations } from "./types";

type Schemas = components["schemas"];

export const message: Schemas["NewMessage"] = { targets: ["erp"], text: "Wait", duration: "1h" };
export const values: Schemas["MessageValues"] = { targets: ["erp"], text: { en: "Wait" }, ends_at: "2026-11-21T14:00:00Z" };
export const extension: Schemas["Extension"] = { by: "30m" };
export const token: Schemas["NewToken"] = { name: "script", role: "editor" };
export const start: Schemas["NewStart"] = { starts_at: "2026-11-21T14:00:00Z" };
export const reload: Schemas["ReloadOrder"] = {};
export const query: operations["list_messages"]["parameters"]["query"] = { state: ["active"], limit: 10 };
export const noQuery: operations["list_reports"]["parameters"]["query"] = {};

export function ending(page: Schemas["Messages"]): string[] {
  return page.messages.map((each) => `${each.severity} ${each.ends_at} ${each.ended_at ?? ""}`);
}

// @ts-expect-error: a message needs a text
export const lacking: Schemas["NewMessage"] = { targets: ["erp"], duration: "1h" };
// @ts-expect-error: it is no name of a value
export const misspelt: Schemas["NewMessage"] = { targets: ["erp"], text: "Wait", duration: "1h", serverity: "outage" };
