import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";

/** Reads the value of an entry. Throws kind `config` that says what it takes; the caller adds the name. */
export type ReadValue = (text: string) => unknown;

/** The error for a value. */
export function wrongValue(takes: string, text: string): KafkaError {
  return new KafkaError("config", `takes ${takes}, not ${inWords(text)}`);
}

/** A text as it is. */
export const text: ReadValue = (value) => {
  if (value.trim() === "") throw wrongValue("a text that is not empty", value);
  return value.trim();
};

/** A whole number. */
export const whole: ReadValue = (value) => wholeOf(value, 1);

/** A whole number of KiB, as bytes. */
export const kibibytes: ReadValue = (value) => wholeOf(value, 1024);

function wholeOf(value: string, factor: number): number {
  const number = Number(value.trim());
  if (value.trim() === "" || !Number.isSafeInteger(number * factor)) throw wrongValue("a whole number", value);
  return number * factor;
}

/** true or false. */
export const flag: ReadValue = (value) => {
  const lower = value.trim().toLowerCase();
  if (lower !== "true" && lower !== "false") throw wrongValue("true or false", value);
  return lower === "true";
};

/** One of some words, in any case, each with what it means here. */
export function word(meanings: Readonly<Record<string, unknown>>): ReadValue {
  return (value) => {
    const lower = value.trim().toLowerCase();
    if (!Object.hasOwn(meanings, lower)) throw wrongValue(Object.keys(meanings).join(", "), value);
    return meanings[lower];
  };
}

/** The name of a Java class without its package, which means something here. */
export function javaClass(meanings: Readonly<Record<string, unknown>>): ReadValue {
  return (value) => {
    const name = value.trim().replace(/^.*\./, "");
    if (!Object.hasOwn(meanings, name))
      throw wrongValue(`${Object.keys(meanings).join(", ")}; other classes cannot run here`, value);
    return meanings[name];
  };
}

/** A list with commas, each element read by `read`. */
export function list(read: ReadValue): ReadValue {
  return (value) =>
    value
      .split(",")
      .filter((element) => element.trim() !== "")
      .map(read);
}
