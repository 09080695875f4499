import { KafkaError } from "../../errors/kafka-error.ts";
import { errorOf, object, reading } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";

/** How a request ends if it is not simply served. */
export type End =
  | { readonly kind: "answer"; readonly answer: unknown }
  | { readonly kind: "disconnect" | "disconnect-after" | "hang" }
  | { readonly kind: "apply-later"; readonly afterMs: number };

/** A checked interception: everything that it can contain, in one shape. */
export interface Action {
  readonly delayMs?: number | undefined;
  readonly rewrite?: unknown;
  readonly respond?: ((response: never) => unknown) | undefined;
  readonly end?: End | undefined;
}

const FIELDS = ["answer", "delayMs", "rewrite", "respond", "applyLaterMs"];
const COMBINATIONS = "answer (with delayMs), applyLaterMs (with rewrite), or any of delayMs, rewrite and respond";

/**
 * Reads the result of an intercept; undefined if it leaves the request alone. Throws kind `config` if it is not an
 * interception, since not every caller is type-checked.
 */
export function readInterception(value: unknown): Action | undefined {
  return reading("intercept: an interception", () => actionOf(value));
}

function actionOf(value: unknown): Action | undefined {
  if (value === undefined) return undefined;
  if (value === "disconnect" || value === "disconnect-after" || value === "hang") return { end: { kind: value } };
  if (typeof value !== "object" || value === null || errorOf(object, value, "") !== undefined)
    throw new KafkaError(
      "config",
      `an intercept returns undefined, "disconnect", "disconnect-after", "hang" or an object, not ${inWords(value)}`,
    );
  const { answer, delayMs, rewrite, respond, applyLaterMs } = value as Readonly<Record<string, unknown>>;
  const wrong = Object.keys(value).find((name) => !FIELDS.includes(name));
  if (wrong !== undefined)
    throw new KafkaError("config", `intercept: an interception has no field "${wrong}"; it takes ${COMBINATIONS}`);
  const isAnswer = answer !== undefined;
  const isLater = applyLaterMs !== undefined;
  if (
    (isAnswer && (rewrite !== undefined || respond !== undefined || isLater)) ||
    (isLater && (delayMs !== undefined || respond !== undefined))
  )
    throw new KafkaError(
      "config",
      `intercept: an interception takes ${COMBINATIONS}, not ${Object.keys(value).join(" and ")}`,
    );
  if (respond !== undefined && typeof respond !== "function")
    throw new KafkaError(
      "config",
      `intercept: respond takes a function from response to response, not ${typeof respond}`,
    );
  const end: End | undefined = isAnswer
    ? { kind: "answer", answer }
    : isLater
      ? { kind: "apply-later", afterMs: durationOf("applyLaterMs", applyLaterMs) }
      : undefined;
  return {
    delayMs: delayMs === undefined ? undefined : durationOf("delayMs", delayMs),
    rewrite,
    respond: respond as Action["respond"],
    end,
  };
}

function durationOf(name: string, value: unknown): number {
  if (typeof value !== "number" || !(value >= 0 && value < Infinity))
    throw new KafkaError("config", `intercept: ${name} takes milliseconds, 0 or more, not ${inWords(value)}`);
  return value;
}
