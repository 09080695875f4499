// Brokers that attack during the login: each ends with an error within the time limit, and little memory is taken.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import { encodeResponse } from "../../../src/protocol/headers.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { metadataApi } from "../../../src/protocol/messages/metadata.ts";
import { saslAuthenticateApi } from "../../../src/protocol/messages/sasl-authenticate.ts";
import { saslHandshakeApi } from "../../../src/protocol/messages/sasl-handshake.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { inVirtualTime } from "../../runtime/virtual.ts";
import { type Answer, recorded, ScriptedClient } from "./scripted-connector.ts";

const nameOf = ({ mechanism }: SaslOptions): string => (typeof mechanism === "string" ? mechanism : mechanism.name);
const ALICE = { username: "alice", password: "alice-secret" };
const PLAIN: SaslOptions = { mechanism: "PLAIN", ...ALICE };
const SCRAM: SaslOptions = { mechanism: "SCRAM-SHA-256", ...ALICE };
const TOKEN: SaslOptions = { mechanism: "OAUTHBEARER", token: () => "good.token.one" };
const AWS: SaslOptions = {
  mechanism: "AWS_MSK_IAM",
  region: "eu-west-1",
  credentials: { accessKeyId: "AKID", secretAccessKey: "aws-secret" },
};

/** The limit for opening a connection in these tests. */
const SETUP_MS = 2000;
/** A frame of a stranger has at most 1 MiB; beyond that the decoder and one read have 64 KiB each. */
const MOST_BYTES = 1024 * 1024 + 2 * 65_536;

// The numbers of the requests of a login.
const VERSIONS = 0;
const HANDSHAKE = 2;
const TOKEN_ONE = 3;
const TOKEN_TWO = 4;

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const joined = (chunks: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(chunks));
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7919 + (i >> 3)) & 127);
const sized = (size: number, rest: Uint8Array = new Uint8Array(0)): Uint8Array => {
  const head = Buffer.alloc(4);
  head.writeInt32BE(size);
  return joined([head, rest]);
};
/** An answer to the request `n` that accepts a token. */
const accepted = (
  n: number,
  message: string | Uint8Array,
  more: Readonly<Record<string, unknown>> = {},
): Uint8Array => {
  const authBytes = typeof message === "string" ? new Uint8Array(Buffer.from(message)) : message;
  return joined(encodeResponse(saslAuthenticateApi, { errorMessage: null, authBytes, ...more }, 2, n + 1));
};
const mechanisms = (errorCode: number, names: readonly string[]): Uint8Array =>
  joined(encodeResponse(saslHandshakeApi, { errorCode, mechanisms: names }, 1, HANDSHAKE + 1));
/** The client's nonce is 24 bytes of 7. */
const NONCE = Buffer.alloc(24, 7).toString("base64");
const first = (nonce: string, salt: string, iterations: string): string => `r=${nonce},s=${salt},i=${iterations}`;

interface Attack {
  readonly what: string;
  /** Without it, every mechanism is attacked in the same way. */
  readonly sasl?: SaslOptions;
  /** The request that is answered by the attack; the earlier ones are answered well. */
  readonly at: number;
  readonly answer: Answer | ((n: number, good: Uint8Array) => Answer);
  readonly says: RegExp;
}

const SLOW: Answer = { everyMs: 1, part: (n) => (n === 0 ? sized(1 << 20) : new Uint8Array(1)) };
const FAST_FLOOD: Answer = { everyMs: 0, part: () => noise(65_536) };

/** Attacks that are possible at any request. */
const ANYWHERE: readonly Pick<Attack, "what" | "answer" | "says">[] = [
  { what: "silence", answer: "silence", says: /more than 2000 ms/ },
  { what: "garbage", answer: sized(5000, noise(5000)), says: /correlation id/ },
  { what: "a flood of garbage", answer: FAST_FLOOD, says: /announced|correlation id/ },
  {
    what: "half an answer, then silence",
    answer: (_, good) => good.slice(0, good.length >> 1),
    says: /more than 2000 ms/,
  },
  { what: "a frame that takes for ever", answer: SLOW, says: /more than 2000 ms/ },
  { what: "a frame of 100 MB", answer: sized(100_000_000, noise(60_000)), says: /a frame of 100000000 bytes is ann/ },
  { what: "a frame of 2^31 - 1 bytes", answer: sized(2 ** 31 - 1, noise(9)), says: /is announced/ },
  { what: "a negative frame", answer: sized(-5, noise(9)), says: /a frame of -5 bytes is announced/ },
  { what: "HTTP", answer: bytes("HTTP/1.1 400 Bad Request\r\n\r\n"), says: /answers in HTTP/ },
  { what: "TLS", answer: Uint8Array.of(21, 3, 3, 0, 2, 2, 70), says: /answers in TLS/ },
  { what: "it hangs up", answer: "hang-up", says: /closed the connection/ },
  { what: "an answer to another request", answer: (_, good) => withId(good, 77), says: /correlation id 77/ },
  { what: "an answer cut short", answer: (_, good) => sized(6, good.slice(4, 10)), says: /broker:9092/ },
  {
    what: "two answers to one request",
    answer: (n, good) => joined([withId(good, n + 1), withId(good, n + 1)]),
    says: /correlation id|closed/,
  },
];

function withId(answer: Uint8Array, id: number): Uint8Array {
  const copy = Buffer.from(answer);
  copy.writeInt32BE(id, 4);
  return new Uint8Array(copy);
}

const huge = "x".repeat(600_000);
const AT_ONE_POINT: readonly Attack[] = [
  {
    what: "no API at all",
    at: VERSIONS,
    answer: joined(encodeResponse(apiVersionsApi, { apiKeys: [] }, 4, 1)),
    says: /lists no API/,
  },
  {
    what: "no end of older versions",
    at: VERSIONS,
    answer: (n) => joined(encodeResponse(apiVersionsApi, { errorCode: 35, apiKeys: [] }, 0, n + 1)),
    says: /UNSUPPORTED_VERSION/,
  },
  {
    what: "a throttle of 24 days",
    at: VERSIONS,
    answer: (n) =>
      joined(
        encodeResponse(
          apiVersionsApi,
          { throttleTimeMs: 2 ** 31 - 1, apiKeys: [17, 18, 36].map((apiKey) => ({ apiKey, maxVersion: 1 })) },
          n === 0 ? 5 : 4,
          n + 1,
        ),
      ),
    says: /more than 2000 ms/,
  },
  {
    what: "100,000 mechanisms",
    at: HANDSHAKE,
    answer: mechanisms(
      33,
      Array.from({ length: 100_000 }, (_, i) => `M-${i}`),
    ),
    says: /^.{1,600}$/,
  },
  {
    what: "mechanisms whose names are the password and a sequence for the terminal",
    at: HANDSHAKE,
    answer: mechanisms(33, ["alice-secret", "\u001b[2J", "PLAIN", "good.token.one", "aws-secret"]),
    says: /it has PLAIN\. Set mechanism/,
  },
  { what: "an unknown error code", at: HANDSHAKE, answer: mechanisms(-99, []), says: /-99|UNKNOWN/ },
  {
    what: "an unknown error code for the token",
    at: TOKEN_ONE,
    answer: accepted(TOKEN_ONE, "", { errorCode: 12_345 }),
    says: /12345/,
  },
  {
    what: "a refusal of 32 KB",
    at: TOKEN_ONE,
    answer: accepted(TOKEN_ONE, "", { errorCode: 58, errorMessage: huge.slice(0, 32_000) }),
    says: /^.{1,700}$/,
  },
  ...[SCRAM, TOKEN, AWS].map((sasl) => ({
    ...{ what: "a huge challenge", sasl, at: TOKEN_ONE, answer: accepted(TOKEN_ONE, huge) },
    says: /the broker's answer is longer than 524288 bytes/,
  })),
];

const serverFirst: readonly (readonly [what: string, message: string, says: RegExp])[] = [
  ["a nonce that is no continuation", first("abc", "c2FsdA==", "4096"), /nonce does not continue the client's/],
  ["a nonce that is only the client's", first(NONCE, "c2FsdA==", "4096"), /nonce does not continue/],
  ["an iteration count of 2^31", first(`${NONCE}x`, "c2FsdA==", "2147483648"), /iteration count is not a number from/],
  ["an iteration count of 10^30", first(`${NONCE}x`, "c2FsdA==", `1${"0".repeat(30)}`), /iteration count/],
  ["too few iterations", first(`${NONCE}x`, "c2FsdA==", "1"), /iteration count/],
  ["a salt that is not base64", first(`${NONCE}x`, "!", "4096"), /salt of the broker is not base64/],
  ["an empty message, as if all was well", "", /first message is malformed/],
  ["the end of the exchange at its start", "v=AAAA", /first message is malformed/],
  ["an extension that must be understood", `m=x,${first(`${NONCE}x`, "c2FsdA==", "4096")}`, /demands an extension/],
];

const SCRAM_ATTACKS: readonly Attack[] = [
  ...serverFirst.map(([what, message, says]) => ({
    ...{ what, sasl: SCRAM, at: TOKEN_ONE, answer: accepted(TOKEN_ONE, message), says },
  })),
  ...(
    [
      ["a wrong signature", `v=${Buffer.alloc(32, 1).toString("base64")}`, /signature is wrong: it does not know/],
      ["a short signature", "v=AAAA", /signature is wrong/],
      ["no signature", "", /did not prove that it knows the password/],
      ["the first message again", first(`${NONCE}x`, "c2FsdA==", "4096"), /did not prove/],
      ["an error", "e=alice-secret", /refused the authentication.*\[secret\]/],
    ] as const
  ).map(([what, message, says]) => ({
    ...{ what, sasl: SCRAM, at: TOKEN_TWO, answer: accepted(TOKEN_TWO, message), says },
  })),
];

/** Runs one attack: the connection must fail in time, and keep little. */
async function survives(
  platform: SimulatedPlatform,
  attack: Attack & { readonly sasl: SaslOptions },
  good: readonly Uint8Array[],
): Promise<void> {
  const { what, sasl, at, answer, says } = attack;
  const name = `${what} at ${at}, ${nameOf(sasl)}`;
  const client = new ScriptedClient(platform, (n) => {
    const usual = good[n] ?? new Uint8Array(0);
    if (n < at) return usual;
    return typeof answer === "function" ? answer(n, usual) : answer;
  });
  const fromMs = platform.clock.monotonic();
  let error: unknown;
  await client.connect(sasl).catch((thrown: unknown) => (error = thrown));
  assert.ok(KafkaError.is(error), `${name}: ${String(error)}`);
  assert.match(error.message, says, name);
  assert.ok(platform.clock.monotonic() - fromMs <= SETUP_MS + 1, `${name}: ${platform.clock.monotonic() - fromMs} ms`);
  assert.doesNotMatch(`${error.stack ?? ""} ${client.log.join()}`, /alice-secret|good\.token|aws-secret/, name);
  assert.ok(client.allocated <= MOST_BYTES, `${name}: ${client.allocated} bytes of frames`);
  assert.ok(client.traffic.bytesIn <= MOST_BYTES, `${name}: ${client.traffic.bytesIn} bytes were taken`);
  await sleep(platform, 10);
  assert.deepEqual([client.connector.open, client.faults], [0, []], name);
  await client.close();
}

for (const sasl of [PLAIN, SCRAM, TOKEN, AWS])
  for (const handshakeMax of [1, 0])
    test(`${nameOf(sasl)}, SaslHandshake ${handshakeMax}: a hostile broker is an error in time, at each request`, () =>
      inVirtualTime(async (platform) => {
        const good = await recorded(platform, sasl, { handshakeMax });
        const tokens = sasl === SCRAM ? 2 : 1;
        assert.equal(good.length, TOKEN_ONE + tokens);
        for (let at = 0; at < good.length; at++)
          for (const attack of ANYWHERE) {
            // A token without a header has neither an id nor a form that could be wrong.
            if (handshakeMax === 0 && at >= TOKEN_ONE && /to another|cut short|two answers|^garbage/.test(attack.what))
              continue;
            // An answer after the last one is an error of the open connection.
            if (attack.what.startsWith("two") && at === good.length - 1) continue;
            await survives(platform, { ...attack, sasl, at }, good);
          }
      }));

for (const sasl of [PLAIN, SCRAM, TOKEN, AWS])
  test(`${nameOf(sasl)}: answers of the right form that attack are errors in time`, () =>
    inVirtualTime(async (platform) => {
      const good = await recorded(platform, sasl);
      for (const attack of [...AT_ONE_POINT, ...SCRAM_ATTACKS])
        if (attack.sasl === undefined || attack.sasl === sasl) await survives(platform, { ...attack, sasl }, good);
    }));

test("an endless chain of challenges ends after 16, with every mechanism that continues after a challenge", () =>
  inVirtualTime(async (platform) => {
    const own: SaslOptions = {
      mechanism: {
        name: "PLAIN",
        exchange: () => ({
          principal: "alice",
          begin: () => new Uint8Array(1),
          next: () => ({ kind: "send", bytes: new Uint8Array(1) }),
        }),
      },
    };
    const good = await recorded(platform, PLAIN);
    for (const [sasl, most] of [
      [own, 17],
      [SCRAM, 2],
      [TOKEN, 2],
      [AWS, 1],
    ] as const) {
      const client = new ScriptedClient(platform, (n) =>
        n < TOKEN_ONE ? (good[n] ?? "silence") : accepted(n, "more"),
      );
      await assert.rejects(client.connect(sasl), (error: unknown) => {
        assert.ok(KafkaError.is(error) && error.kind === "authentication", String(error));
        return true;
      });
      assert.ok(client.connector.sent.length <= TOKEN_ONE + most, `${client.connector.sent.length} requests`);
      await client.close();
    }
  }));

test("a broker that attacks at the renewal of a session: requests that wait fail in time, and with a KafkaError", () =>
  inVirtualTime(async (platform) => {
    for (const sasl of [PLAIN, SCRAM, TOKEN, AWS]) {
      const good = await recorded(platform, sasl, { lifetimeMs: 5000 });
      for (const attack of ANYWHERE)
        for (let at = HANDSHAKE; at < good.length; at++) {
          const name = `${attack.what} at ${at}, ${nameOf(sasl)}`;
          const again = good.length - HANDSHAKE;
          const client = new ScriptedClient(platform, (n) => {
            const usual = good[n] ?? withId(good[n - again] ?? new Uint8Array(9), n + 1);
            if (n < at + again) return usual;
            return typeof attack.answer === "function" ? attack.answer(n, usual) : attack.answer;
          });
          const connection = await client.connect(sasl);
          await sleep(platform, 4900);
          const fromMs = platform.clock.monotonic();
          await assert.rejects(connection.request(metadataApi, { topics: [] }), (error: unknown) => {
            assert.ok(KafkaError.is(error) && error.kind !== "internal", `${name}: ${String(error)}`);
            return true;
          });
          assert.ok(platform.clock.monotonic() - fromMs <= 1001, name);
          await sleep(platform, 5000);
          connection.close();
          await client.close();
          assert.deepEqual([client.connector.open, client.faults], [0, []], name);
        }
    }
  }));

test("a session of absurd length, of the first login or the next, is no reason to wait or to send without end", () =>
  inVirtualTime(async (platform) => {
    const good = await recorded(platform, PLAIN);
    const answer = joined(encodeResponse(metadataApi, { topics: [] }, 12, 5));
    for (const sessionLifetimeMs of [-1, Number.MIN_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER]) {
      const client = new ScriptedClient(platform, (n) =>
        n < TOKEN_ONE
          ? (good[n] ?? "silence")
          : n === TOKEN_ONE
            ? accepted(n, "", { sessionLifetimeMs })
            : withId(answer, n + 1),
      );
      const connection = await client.connect(PLAIN);
      await connection.request(metadataApi, { topics: [] });
      connection.close();
      await client.close();
      assert.deepEqual(client.faults, []);
    }
  }));
