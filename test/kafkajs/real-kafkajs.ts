// The real kafkajs 2.2.4, to compare with.
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as KafkaJs from "kafkajs";
import { root } from "../house/root.ts";

export const require: NodeJS.Require = createRequire(join(root, "package.json"));

/** Its exports, those that its types do not have too. */
export const theirs = require("kafkajs") as typeof KafkaJs & Readonly<Record<string, unknown>>;

/** The shipped drop-in, as `npm run build` has made it. */
export const shipped = require("./packages/kafkajs/dist") as typeof KafkaJs & Readonly<Record<string, unknown>>;

/** The result or the error of a call, for comparing: errors by their class, text and members. */
export function outcome(call: () => unknown): unknown {
  try {
    return { returned: call() };
  } catch (error) {
    return { threw: factsOf(error) };
  }
}

/** The same of a promise. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { resolved: await call() };
  } catch (error) {
    return { rejected: factsOf(error) };
  }
}

/** Everything of an error that a program can see, but the places in its stack. */
export function factsOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const chain: string[] = [];
  for (let at: unknown = Object.getPrototypeOf(error); at !== Object.prototype; at = Object.getPrototypeOf(at))
    chain.push((at as { readonly constructor: { readonly name: string } }).constructor.name);
  return {
    chain,
    text: String(error),
    message: error.message,
    stack: error.stack?.split("\n").filter((line) => !/^ +at /.test(line)),
    members: Object.fromEntries(
      Object.getOwnPropertyNames(error)
        .filter((name) => name !== "stack")
        .map((name) => {
          const { value, ...flags } = (Object.getOwnPropertyDescriptor(error, name) ?? {}) as {
            readonly value?: unknown;
          };
          return [name, { ...flags, value: factsOf(value) }];
        }),
    ),
    order: Object.keys(error),
  };
}
