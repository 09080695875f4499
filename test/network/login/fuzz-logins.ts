// Mutated logins: scripts/fuzz-logins.mjs plays 100,000 of them, and the tests play 2,000 of each mechanism.
import { createHmac } from "node:crypto";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import { decodeResponse } from "../../../src/protocol/headers.ts";
import { saslAuthenticateApi } from "../../../src/protocol/messages/sasl-authenticate.ts";
import type { Crypto } from "../../../src/runtime/crypto.ts";
import { jsonFields } from "../../../src/security/json.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { Dice } from "../../records/fuzz.ts";
import { inVirtualTime } from "../../runtime/virtual.ts";
import { type Answer, recorded, ScriptedClient, type Sent } from "./scripted-connector.ts";
import { quickCrypto } from "./server-mechanisms.ts";

/** A login that succeeded, as its broker answered it. */
export interface RecordedLogin {
  readonly mechanism: string;
  readonly sasl: SaslOptions;
  readonly answers: readonly Uint8Array[];
}

const ALICE = { username: "alice", password: "alice-secret" };
const SASL: readonly SaslOptions[] = [
  { mechanism: "PLAIN", ...ALICE },
  { mechanism: "SCRAM-SHA-256", ...ALICE },
  { mechanism: "SCRAM-SHA-512", ...ALICE },
  { mechanism: "OAUTHBEARER", token: () => "good.token.one" },
  {
    mechanism: "AWS_MSK_IAM",
    region: "eu-west-1",
    credentials: { accessKeyId: "AKID", secretAccessKey: "aws-secret" },
  },
];
/** The mechanisms whose logins are mutated. */
export const FUZZED: readonly string[] = SASL.map(({ mechanism }) => mechanism as string);

const INTERESTING = [0, 1, -1, 2, 127, 128, 255, 256, 32_767, -32_768, 65_535, 2 ** 31 - 1, -(2 ** 31), 2 ** 24];
/** Opening takes at most this time, in ms. */
const SETUP_MS = 2000;
/** No login may make the client keep more, in bytes. */
const MOST_BYTES = 1024 * 1024 + 2 * 65_536;

/** The logins of all mechanisms, with a header and as brokers before Kafka 1.0 answer. */
async function recordedLogins(platform: SimulatedPlatform): Promise<readonly RecordedLogin[]> {
  const logins: RecordedLogin[] = [];
  for (const sasl of SASL)
    for (const handshakeMax of [1, 0]) {
      const answers = await recorded(platform, sasl, { handshakeMax, lifetimeMs: 60_000 });
      logins.push({ mechanism: sasl.mechanism as string, sasl, answers });
    }
  return logins;
}

/** A login with one to three changes. It ends with silence, or the broker hangs up. */
export function mutated(login: RecordedLogin, all: readonly RecordedLogin[], dice: Dice): readonly Answer[] {
  const answers = login.answers.map((bytes) => Buffer.from(bytes));
  for (let changes = 1 + dice.below(3); changes > 0; changes--) {
    // The later answers are the mechanism's own, and most changes to the earlier ones end the login.
    const at = Math.max(dice.below(answers.length), dice.below(answers.length));
    const before = answers[at] ?? Buffer.alloc(0);
    const other = all[dice.below(all.length)]?.answers ?? [];
    const after = changed(before, other[dice.below(other.length)] ?? Buffer.alloc(0), dice);
    if (dice.below(2) === 0 && after.length >= 4) after.writeInt32BE(after.length - 4, 0);
    if (dice.below(2) === 0 && after.length >= 8 && before.length >= 8) before.copy(after, 4, 4, 8);
    answers[at] = after;
  }
  return [...answers.map((bytes) => new Uint8Array(bytes)), dice.below(2) === 0 ? "silence" : "hang-up"];
}

function changed(before: Buffer, other: Uint8Array, dice: Dice): Buffer<ArrayBuffer> {
  const at = dice.below(before.length + 1);
  const bytes = Buffer.from(before);
  switch (dice.below(9)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = INTERESTING[dice.below(INTERESTING.length)] ?? 0;
      return bytes;
    case 2:
      if (at + 4 <= bytes.length) bytes.writeInt32BE((INTERESTING[dice.below(INTERESTING.length)] ?? 0) | 0, at);
      return bytes;
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return Buffer.concat([
        bytes.subarray(0, at),
        Buffer.alloc(1 + dice.below(40), dice.below(256)),
        bytes.subarray(at),
      ]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + dice.below(20))]);
    case 6:
      return Buffer.concat([bytes, bytes]);
    case 7:
      return Buffer.from(other);
    default:
      return changedText(bytes, dice);
  }
}

/** Changes a letter or digit within an answer, or exchanges two parts of a message of SCRAM. */
function changedText(bytes: Buffer<ArrayBuffer>, dice: Dice): Buffer<ArrayBuffer> {
  const letters = [...bytes.entries()].filter(([, byte]) => byte > 32 && byte < 127).map(([at]) => at);
  const one = letters[dice.below(letters.length)];
  const two = letters[dice.below(letters.length)];
  if (one === undefined || two === undefined) return bytes;
  if (dice.below(2) === 0) bytes[one] = "rsive=,09AZaz+/\0".charCodeAt(dice.below(16));
  else [bytes[one], bytes[two]] = [bytes[two] ?? 0, bytes[one] ?? 0];
  return bytes;
}

/** The end of a mutated login: the error, or that the client was satisfied. */
export interface FuzzOutcome {
  /** For the list of outcomes. */
  readonly what: string;
  /** A rule that was broken: a crash, a hang, too much memory, or success without a proof. */
  readonly fault: string | undefined;
}

/** Plays mutated logins, many in one virtual time. */
export async function playMutated(
  seeds: Iterable<number>,
  onOutcome: (seed: number, outcome: FuzzOutcome) => void,
  mechanism?: string,
): Promise<void> {
  await inVirtualTime(async (platform) => {
    const all = await recordedLogins(platform);
    const chosen = all.filter((login) => mechanism === undefined || login.mechanism === mechanism);
    const crypto = cheapCrypto();
    for (const seed of seeds) {
      const dice = new Dice(seed);
      const login = chosen[seed % chosen.length];
      if (login === undefined) throw new Error(`no login of ${mechanism ?? "any mechanism"}`);
      onOutcome(seed, await play(platform, login, mutated(login, all, dice), crypto));
    }
  });
}

async function play(
  platform: SimulatedPlatform,
  login: RecordedLogin,
  answers: readonly Answer[],
  crypto: Crypto,
): Promise<FuzzOutcome> {
  const client = new ScriptedClient(platform, (n) => answers[n] ?? answers.at(-1) ?? "silence");
  const fromMs = platform.clock.monotonic();
  let error: unknown;
  let succeeded = false;
  try {
    (await client.connect(login.sasl, crypto)).close();
    succeeded = true;
  } catch (thrown) {
    error = thrown;
  }
  const { sent, delivered, open } = client.connector;
  const tookMs = platform.clock.monotonic() - fromMs;
  const fault = succeeded
    ? hasProof(login, sent, delivered)
      ? undefined
      : "success without a proof"
    : KafkaError.is(error) && error.kind !== "internal"
      ? undefined
      : `no KafkaError: ${String(error)}`;
  const shown = KafkaError.is(error) ? `${error.message} ${error.stack ?? ""}` : "";
  await client.close();
  return {
    what: `${login.mechanism}: ${KafkaError.is(error) ? `${error.kind}${error.retriable ? ", retriable" : ""}` : "success"}`,
    fault:
      fault ??
      (tookMs > SETUP_MS + 1 ? `it took ${tookMs} ms` : undefined) ??
      (client.allocated > MOST_BYTES ? `${client.allocated} bytes were kept` : undefined) ??
      (open > 0 ? "the connection stayed open" : undefined) ??
      client.faults[0] ??
      (/alice-secret|aws-secret|good\.token/.test(shown) ? "a secret was shown" : undefined),
  };
}

/** Whether the answers to the last requests prove what the mechanism demands of a broker. */
function hasProof(login: RecordedLogin, sent: readonly Sent[], delivered: readonly Uint8Array[]): boolean {
  const last = tokenIn(delivered, sent, sent.length - 1);
  if (last === undefined) return false;
  if (login.mechanism === "PLAIN") return true; // the broker's word is enough
  if (login.mechanism === "OAUTHBEARER") return last.length === 0;
  if (login.mechanism === "AWS_MSK_IAM") return jsonFields(last.toString()) !== undefined;
  const goodSent = login.answers.map((_, n) => ({ ...NOTHING_SENT, isBare: isBareLogin(login) && n >= 3 }));
  const good = (n: number): string => tokenIn(login.answers, goodSent, n)?.toString() ?? "none";
  const signature = (text: string): string => Buffer.from(/^v=([^,]*)/.exec(text)?.[1] ?? "", "base64").toString("hex");
  return (
    tokenIn(delivered, sent, sent.length - 2)?.toString() === good(3) &&
    signature(last.toString()) === signature(good(4)) &&
    signature(good(4)).length >= 64
  );
}

const NOTHING_SENT: Sent = { apiKey: saslAuthenticateApi.key, apiVersion: 2, isBare: false };

function isBareLogin({ answers }: RecordedLogin): boolean {
  // With a header, an answer to a token begins with the id of its request.
  return (
    Buffer.from(answers[3] ?? [])
      .subarray(4, 8)
      .toString("hex") !== "00000004"
  );
}

/** The bytes for the mechanism in the answer to a request, if it has no error. */
function tokenIn(delivered: readonly Uint8Array[], sent: readonly Sent[], n: number): Buffer | undefined {
  const stream = Buffer.concat(delivered);
  let at = 0;
  for (let skipped = 0; skipped < n; skipped++) at += 4 + stream.readInt32BE(at);
  const frame = new Uint8Array(stream.subarray(at + 4, at + 4 + stream.readInt32BE(at)));
  const request = sent[n];
  if (request === undefined) return undefined;
  if (request.isBare) return Buffer.from(frame);
  if (request.apiKey !== saslAuthenticateApi.key) return undefined;
  const { errorCode, authBytes } = decodeResponse(saslAuthenticateApi, frame, request.apiVersion).message;
  return errorCode === 0 ? Buffer.from(authBytes) : undefined;
}

/** Iterations take the time of a fuzz. Only those of the recorded exchange need the right result. */
function cheapCrypto(): Crypto {
  const known = new Map<string, Promise<Uint8Array>>();
  return {
    ...quickCrypto,
    pbkdf2: (hash, password, salt, iterations) => {
      const id = `${hash} ${Buffer.from(salt).toString("hex")} ${iterations}`;
      if (iterations !== 4096 || Buffer.from(salt).toString() !== "salt of the user")
        return Promise.resolve(createHmac(hash.replace("-", ""), id).update(password).digest());
      const found = known.get(id) ?? Promise.resolve(quickCrypto.pbkdf2(hash, password, salt, iterations));
      known.set(id, found);
      return found;
    },
  };
}
