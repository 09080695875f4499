import { readBatches } from "../records/read-batches.ts";
import { decodeMessage } from "../protocol/decode.ts";
import { decodeRequest, decodeResponse } from "../protocol/headers.ts";
import { schemas } from "../protocol/messages/all.ts";
import type { MessageSchema } from "../protocol/schema.ts";
import { isBytes } from "../wire/is-bytes.ts";
import { utf8Decode } from "../wire/utf8.ts";

/** A decoded request, as text. */
export interface RequestInWords {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly text: string;
}

const MAX_LINES = 80;
const MAX_WIDTH = 120;
const MAX_RECORDS = 30;
const SASL_AUTHENTICATE = 36;

function schemaOf(apiKey: number, type: "request" | "response"): MessageSchema<unknown> | undefined {
  return Object.values(schemas).find((schema) => schema.apiKey === apiKey && schema.type === type);
}

/** Kafka's name of an API. */
export function apiName(apiKey: number): string {
  return schemaOf(apiKey, "request")?.name.replace(/Request$/, "") ?? `API ${apiKey}`;
}

/** Decodes a request's frame, without its size prefix. */
export function requestInWords(frame: Uint8Array): RequestInWords {
  const { apiKey, apiVersion, correlationId, reader } = decodeRequest(
    frame,
    (key, version) => schemaOf(key, "request")?.isFlexible(version) ?? false,
  );
  const schema = schemaOf(apiKey, "request");
  return {
    apiKey,
    apiVersion,
    correlationId,
    text: schema === undefined ? "" : inWords(() => decodeMessage(schema, reader, apiVersion)),
  };
}

/** Decodes a response's frame, without its size prefix. */
export function responseInWords(frame: Uint8Array, apiKey: number, apiVersion: number): string {
  const [request, response] = [schemaOf(apiKey, "request"), schemaOf(apiKey, "response")];
  if (request === undefined || response === undefined) return "";
  return inWords(() => {
    const { message } = decodeResponse({ key: apiKey, name: apiName(apiKey), request, response }, frame, apiVersion);
    const { errorMessage } = message as { readonly errorMessage?: unknown };
    // A broker may repeat a password in the text of a refusal.
    return apiKey === SASL_AUTHENTICATE && typeof errorMessage === "string"
      ? { ...(message as object), errorMessage: `${errorMessage.length} characters` }
      : message;
  });
}

/** A message as indented lines. Empty fields, nulls and −1 are left out, because they carry no information. */
function inWords(decode: () => unknown): string {
  let lines: readonly string[];
  try {
    lines = fieldLines(decode() as object, "");
  } catch (error) {
    lines = [`it cannot be decoded: ${(error as Error).message}`];
  }
  const shown = lines
    .slice(0, MAX_LINES)
    .map((line) => (line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH)}…` : line));
  return [...shown, ...(lines.length > MAX_LINES ? [`… and ${lines.length - MAX_LINES} more lines`] : [])].join("\n");
}

function fieldLines(message: object, indent: string): readonly string[] {
  return Object.entries(message).flatMap(([name, value]: [string, unknown]): readonly string[] => {
    if (value === null || value === undefined || value === "" || value === -1 || value instanceof Map) return [];
    if (isBytes(value))
      return name === "records" ? recordLines(value, indent) : [`${indent}${name}: ${value.length} bytes`];
    if (isPlain(value)) return [`${indent}${name}: ${value}`];
    if (!Array.isArray(value)) return headed(`${indent}${name}:`, fieldLines(value, `${indent}  `));
    const list = value as readonly unknown[];
    if (list.length === 0) return [];
    if (typeof list[0] !== "object") return [`${indent}${name}: ${list.join(", ")}`];
    return list.flatMap((item) => headed(`${indent}${name}:`, fieldLines(item as object, `${indent}  `)));
  });
}

function headed(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [heading, ...lines];
}

function isPlain(value: unknown): value is string | number | boolean | bigint {
  return typeof value !== "object";
}

function recordLines(bytes: Uint8Array, indent: string): readonly string[] {
  const lines: string[] = [];
  for (const batch of readBatches(bytes)) {
    lines.push(
      `${indent}batch of ${batch.count} records, ${batch.sizeInBytes} ` +
        `bytes${batch.producerId < 0 ? "" : `, producer ${batch.producerId}, sequence ${batch.baseSequence}`}`,
    );
    let shown = 0;
    for (const { offset, key, value } of batch.records) {
      if (shown++ === MAX_RECORDS) {
        lines.push(`${indent}  … and ${batch.count - MAX_RECORDS} more records`);
        break;
      }
      lines.push(`${indent}  offset ${offset}: ${key === null ? "" : `${textOf(key)} = `}${textOf(value)}`);
    }
  }
  return lines;
}

function textOf(bytes: Uint8Array | null): string {
  if (bytes === null) return "null";
  const text = utf8Decode(bytes.subarray(0, MAX_WIDTH));
  return /[\u0000-\u001f\ufffd]/.test(text) ? `(${bytes.length} bytes)` : text;
}
