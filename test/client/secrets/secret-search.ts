import { inspect } from "node:util";

/** A secret in the encodings in which a peer may repeat it, or a program print it. */
export function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const within = ["", "x", "xy"].map((before) => Buffer.from(`${before}${secret}z`).toString("base64"));
  return [
    ...[secret, JSON.stringify(secret).slice(1, -1), bytes.toString("base64"), bytes.toString("base64url")],
    ...[bytes.toString("hex"), bytes.toString("hex").toUpperCase()],
    ...[encodeURIComponent(secret), encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())],
    ...[new URLSearchParams([["a", secret]]).toString().slice(2), ...within],
  ];
}

/** All that a program can print of a value. */
export function printed(value: unknown): string {
  const parts: string[] = [
    inspect(value, { depth: Infinity, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity }),
  ];
  for (const part of [
    () => JSON.stringify(value),
    () => JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? String(one) : one)),
    () => inspect(structuredClone(value), { depth: Infinity, showHidden: true }),
    () => String(value),
  ])
    try {
      parts.push(part());
    } catch {
      // A function cannot be cloned, and a circle is no JSON.
    }
  for (let error = value, depth = 0; error instanceof Error && depth < 20; error = error.cause, depth++)
    parts.push(
      error.message,
      error.stack ?? "",
      ...Object.entries(error).map(([name, one]) => `${name}=${String(one)}`),
    );
  return parts.join("\n");
}

/** The spelling of a secret that a text contains; undefined if it has none. */
export function foundIn(text: string, secrets: readonly string[]): string | undefined {
  const lower = text.toLowerCase();
  for (const secret of secrets) {
    const found = needlesOf(secret).find((needle) =>
      /^[0-9a-f]+$|%/i.test(needle) ? lower.includes(needle.toLowerCase()) : text.includes(needle),
    );
    if (found !== undefined) return `${found} (a spelling of ${secret})`;
  }
  return undefined;
}

/** The parts of all spellings that no other text has by chance. Base64 depends on the bytes before the secret. */
function needlesOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const within = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const inner = whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [secret, JSON.stringify(secret).slice(1, -1), bytes.toString("hex"), encodeURIComponent(secret), ...within];
}
