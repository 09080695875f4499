// The same connections to a real Kafka by kafkajs and by its drop-in: TLS, logins, refusals.
import { after, before, test } from "node:test";
import assert from "node:assert/strict";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, createSecureContext } from "node:tls";
import { shipped, theirs } from "../kafkajs/real-kafkajs.ts";
import type { ListenerName } from "./secure/listeners.ts";
import { SecureKafka } from "./secure/secure-cluster.ts";

let secure: SecureKafka;
before(async () => {
  secure = await SecureKafka.start();
});
after(() => secure.stop());

interface Row {
  readonly at: ListenerName | "nowhere";
  readonly ssl?: () => unknown;
  readonly sasl?: unknown;
  readonly socketFactory?: unknown;
  /** Where the two have other texts: that of the drop-in. */
  readonly says?: RegExp;
}

const trusting = (): unknown => ({ ca: [secure.certificates.ca] });
const mutual = (): unknown => {
  const { cert, key } = secure.certificates.client("alice");
  return { ca: secure.certificates.ca, cert, key, servername: "localhost", checkServerIdentity: () => undefined };
};
const ALICE = { username: "alice", password: "alice-secret" };
const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = (): string => {
  const seconds = Math.floor(Date.now() / 1000);
  return `${base64({ alg: "none" })}.${base64({ sub: "alice", iat: seconds, exp: seconds + 3600 })}.`;
};

/** A mechanism of the user: PLAIN by hand. */
const own = (password: string) => ({
  mechanism: "plain",
  authenticationProvider: ({ saslAuthenticate }: { saslAuthenticate(message: object): Promise<unknown> }) => ({
    authenticate: async () => {
      const text = Buffer.from(`\0alice\0${password}`);
      const length = Buffer.alloc(4);
      length.writeInt32BE(text.length);
      const said = await saslAuthenticate({
        request: { encode: () => Buffer.concat([length, text]) },
        response: { decode: (raw: Buffer) => raw.subarray(4), parse: (data: Buffer) => data.length },
      });
      assert.equal(said, 0);
    },
  }),
});

interface FactoryArgs {
  readonly host: string;
  readonly port: number;
  readonly ssl: object | null;
  readonly onConnect: () => void;
}
/** A function that makes sockets as an application does. */
const sockets = ({ host, port, ssl, onConnect }: FactoryArgs): Socket => {
  assert.deepEqual([host, typeof port, typeof onConnect], ["127.0.0.1", "number", "function"]);
  return ssl === null ? connectTcp({ host, port }, onConnect) : connectTls({ host, port, ...ssl }, onConnect);
};

const ROWS: Readonly<Record<string, Row>> = {
  "TLS with an authority": { at: "SSL", ssl: trusting },
  "TLS without a check of the certificate": { at: "SSL", ssl: () => ({ rejectUnauthorized: false }) },
  "TLS with an unknown authority": { at: "SSL", ssl: () => true },
  "TLS with a certificate for another host": { at: "ELSEWHERE", ssl: trusting },
  "TLS with a certificate that has expired": { at: "EXPIRED", ssl: trusting },
  "TLS with a certificate of the client": { at: "MUTUAL", ssl: mutual },
  "nothing listens": { at: "nowhere" },
  plain: { at: "SASL", sasl: { mechanism: "plain", ...ALICE } },
  "plain over TLS": { at: "SASL_TLS", ssl: trusting, sasl: { mechanism: "plain", ...ALICE } },
  "plain, wrong password": { at: "SASL", sasl: { mechanism: "plain", ...ALICE, password: "wrong" } },
  "scram-sha-256": { at: "SASL", sasl: { mechanism: "scram-sha-256", ...ALICE } },
  "scram-sha-512": { at: "SASL", sasl: { mechanism: "SCRAM-SHA-512", ...ALICE } },
  "scram-sha-256, wrong password": {
    at: "SASL",
    sasl: { mechanism: "scram-sha-256", ...ALICE, password: "wrong" },
    says: /^SASL SCRAM SHA256 authentication failed: .*due to invalid credentials with SASL mechanism SCRAM-SHA-256/,
  },
  oauthbearer: {
    at: "SASL",
    sasl: { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: token() }) },
  },
  "oauthbearer with an extension": {
    at: "SASL",
    sasl: {
      mechanism: "oauthbearer",
      oauthBearerProvider: async () => ({ value: token(), extensions: { traceid: "1" } }),
    },
  },
  "a mechanism that the listener does not have": { at: "PLAIN_ONLY", sasl: { mechanism: "scram-sha-256", ...ALICE } },
  "sockets of the user": { at: "SASL", sasl: { mechanism: "plain", ...ALICE }, socketFactory: sockets },
  "sockets of the user with TLS": { at: "SSL", ssl: trusting, socketFactory: sockets },
  "sockets of the user with TLS that fails": { at: "SSL", ssl: () => ({ ca: "" }), socketFactory: sockets },
  "sockets of the user, nothing listens": { at: "nowhere", socketFactory: sockets },
  "a function for sockets that throws": {
    at: "SASL",
    socketFactory: () => {
      throw new Error("no socket");
    },
  },
  "TLS by an option that only Node knows": {
    at: "SSL",
    ssl: () => ({ secureContext: createSecureContext({ ca: secure.certificates.ca }) }),
  },
  "a mechanism of the user": { at: "SASL", sasl: own("alice-secret") },
  "a mechanism of the user, refused": { at: "SASL", sasl: own("wrong") },
};

/** Connects, and gives what a caller of `connect` can see. */
async function attempt(
  { Kafka }: typeof shipped,
  { at, ssl, sasl, socketFactory }: Row,
  brokers: readonly string[],
): Promise<unknown> {
  assert.ok(at !== undefined);
  const kafka = new Kafka({
    ...{ brokers: [...brokers], logLevel: theirs.logLevel.NOTHING, retry: { retries: 0 }, connectionTimeout: 5000 },
    ...(ssl === undefined ? {} : { ssl: ssl() as object }),
    ...(socketFactory === undefined ? {} : { socketFactory: socketFactory as never }),
    ...(sasl === undefined ? {} : { sasl: sasl as never }),
  });
  const producer = kafka.producer();
  try {
    await producer.connect();
    return "connected";
  } catch (error) {
    const { name, message, cause } = error as Error;
    const { name: inner, message: text } = (cause ?? {}) as Partial<Error>;
    return { name, message, cause: inner, text };
  } finally {
    await producer.disconnect().catch(() => undefined);
  }
}

for (const [name, row] of Object.entries(ROWS))
  test(`kafkajs and its drop-in: ${name}`, async () => {
    const brokers = [row.at === "nowhere" ? "127.0.0.1:1" : secure.at(row.at)];
    const [mine, real] = [await attempt(shipped, row, brokers), await attempt(theirs, row, brokers)];
    if (row.says === undefined) return assert.deepEqual(mine, real);
    const { message: said, ...rest } = mine as { message: string };
    const { message: _, ...others } = real as { message: string };
    assert.match(said, row.says);
    assert.deepEqual({ ...rest, cause: undefined, text: undefined }, { ...others, cause: undefined, text: undefined });
  });

test("a refused token is refused by connect, with the broker's reason", async () => {
  const sasl = { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: "no.token.at-all" }) };
  const seen = await attempt(shipped, { at: "SASL", sasl }, [secure.at("SASL")]);
  const { name, message } = seen as { name: string; message: string };
  assert.equal(name, "KafkaJSSASLAuthenticationError");
  assert.match(message, /^SASL OAUTHBEARER authentication failed: ./);
});
