import { KafkaError } from "../errors/kafka-error.ts";
import type { FetchAnswer, FetchBody, FetchRequest } from "../runtime/fetch-like.ts";
import { type AbortSignalLike, cancelledError } from "../runtime/cancellation.ts";
import { utf8Decode } from "../wire/utf8.ts";
import { quoted } from "./redact.ts";
import type { TokenContext } from "./token.ts";
import { until } from "./until.ts";

/** The longest answer that is read. Tokens have a few kilobytes, and brokers refuse more than 512. */
const LONGEST_ANSWER = 1024 * 1024;

/** An empty part counts as this many bytes, so that a body of empty parts ends, too. */
const EMPTY_PART = 1024;

/** A request to a token or credential endpoint. */
export interface HttpRequest extends Omit<FetchRequest, "redirect" | "signal"> {
  readonly url: string;
  /** The endpoint, as errors name it: "the token endpoint". */
  readonly what: string;
  /** Texts that must not be in an error. */
  readonly secrets: readonly string[];
}

/** The statuses of redirects, for a host that returns them instead of an error. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request and reads the answer. Throws kind `connection`, retriable, if that fails, and
 * `authentication` if the endpoint redirects or its answer has no end.
 */
export async function httpText(
  request: HttpRequest,
  { fetch, signal }: TokenContext,
): Promise<{ readonly status: number; readonly text: string }> {
  const { url, what, secrets, ...plain } = request;
  if (fetch === undefined) throw new KafkaError("unsupported", `${what} cannot be reached: this platform has no fetch`);
  try {
    // A fetch of the user may ignore the signal.
    const late = (): KafkaError => cancelledError(signal, `the request to ${what}`);
    const answer = await until(fetch(url, { ...plain, redirect: "error", signal }), signal, late);
    if (REDIRECTS.has(answer.status)) throw redirected(what, url);
    return { status: answer.status, text: await until(bodyText(answer, what, signal), signal, late) };
  } catch (error) {
    if (KafkaError.is(error)) throw error;
    // The host's error is not kept as the cause: its fields could show the request.
    const why = quoted(reason(error).replaceAll(url, shownUrl(url)), secrets);
    // Hosts differ in the error of a redirect, but each names it.
    if (/unexpected ?redirect|encountered redirect/i.test(why)) throw redirected(what, url);
    throw new KafkaError("connection", `${what} ${shownUrl(url)} cannot be reached: ${why}`, { retriable: true });
  }
}

function redirected(what: string, url: string): KafkaError {
  return new KafkaError(
    "authentication",
    `${what} ${shownUrl(url)} redirects, and redirects are not followed: they would carry the secret elsewhere`,
  );
}

/** A URL without the parts that may be secret: user, query and fragment. */
export function shownUrl(url: string): string {
  return quoted(url.replace(/[?#][^]*$/, "").replace(/\/\/[^/]*@/, "//"), []);
}

async function bodyText(answer: FetchAnswer, what: string, signal: AbortSignalLike): Promise<string> {
  const { body } = answer;
  if (body !== undefined && body !== null) return await readParts(body, what, signal);
  const text = await answer.text();
  if (text.length > LONGEST_ANSWER) throw tooLong(what);
  return text;
}

async function readParts(body: FetchBody, what: string, signal: AbortSignalLike): Promise<string> {
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  let taken = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const isLate = signal.aborted;
    taken += value === undefined || value.length === 0 ? EMPTY_PART : value.length;
    if (taken > LONGEST_ANSWER || isLate) {
      reader.cancel().then(undefined, () => undefined);
      throw isLate ? cancelledError(signal, `the request to ${what}`) : tooLong(what);
    }
    if (value === undefined || value.length === 0) continue;
    parts.push(value);
    size += value.length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return utf8Decode(whole);
}

function tooLong(what: string): KafkaError {
  return new KafkaError("authentication", `the answer of ${what} is longer than ${LONGEST_ANSWER} bytes`);
}

/** Why a fetch failed. Hosts hide the reason, such as ECONNREFUSED, in the cause of "fetch failed". */
function reason(error: unknown): string {
  const message = KafkaError.from(error).message;
  const cause = (error as { readonly cause?: unknown } | null | undefined)?.cause;
  if (cause === undefined || cause === null) return message;
  const { code } = cause as { readonly code?: unknown };
  return `${message} (${typeof code === "string" ? code : KafkaError.from(cause).message})`;
}
