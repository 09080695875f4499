// Each kind of Odradek's errors, and what becomes of it.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError, type KafkaErrorDetails, type KafkaErrorKind } from "../../../../src/errors/kafka-error.ts";
import { KafkaJSConnectionError, KafkaJSNonRetriableError } from "./all-errors.ts";
import { protocolFault } from "./protocol-faults.ts";
import { ProviderFailure } from "./provider-failure.ts";
import { toKafkaJsError } from "./to-kafkajs-error.ts";

type Row = readonly [
  kind: KafkaErrorKind,
  details: KafkaErrorDetails,
  name: string,
  retriable: boolean,
  message: string,
];

const SYSTEM = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
const ROWS: readonly Row[] = [
  [
    "broker",
    { code: 3, retriable: true },
    "KafkaJSProtocolError",
    true,
    "This server does not host this topic-partition",
  ],
  [
    "broker",
    { code: 10 },
    "KafkaJSProtocolError",
    false,
    "The request included a message larger than the max message size the server will accept",
  ],
  ["broker", { code: 110 }, "KafkaJSProtocolError", false, "Unknown error code 110"],
  [
    "authorization",
    { code: 29 },
    "KafkaJSProtocolError",
    false,
    "Not authorized to access topics: [Topic authorization failed]",
  ],
  ["fenced", { code: 47 }, "KafkaJSProtocolError", false, protocolFault(47).message],
  [
    "connection",
    { cause: SYSTEM, address: "b:1", retriable: true },
    "KafkaJSConnectionError",
    true,
    "Connection error: connect ECONNREFUSED 127.0.0.1:1",
  ],
  ["connection", {}, "KafkaJSConnectionError", true, "text"],
  ["timeout", { address: "b:1" }, "KafkaJSRequestTimeoutError", true, "text"],
  ["authentication", {}, "KafkaJSSASLAuthenticationError", false, "text"],
  ["authentication", { code: 58 }, "KafkaJSSASLAuthenticationError", false, "text"],
  [
    "authentication",
    { code: 33 },
    "KafkaJSProtocolError",
    false,
    "The broker does not support the requested SASL mechanism",
  ],
  [
    "authentication",
    { cause: SYSTEM },
    "KafkaJSConnectionError",
    true,
    "Connection error: connect ECONNREFUSED 127.0.0.1:1",
  ],
  ["unsupported", {}, "KafkaJSServerDoesNotSupportApiKey", false, "text"],
  ["buffer-full", {}, "KafkaJSTimeout", false, "text"],
  ["closed", {}, "KafkaJSError", true, "text"],
  ["cancelled", {}, "KafkaJSError", true, "text"],
  ["config", {}, "KafkaJSNonRetriableError", false, "text"],
  ["serialization", {}, "KafkaJSNonRetriableError", false, "text"],
  ["corrupt", { retriable: true }, "KafkaJSError", true, "text"],
  ["abortable", {}, "KafkaJSNonRetriableError", false, "text"],
  ["protocol", {}, "KafkaJSNonRetriableError", false, "text"],
  ["internal", {}, "KafkaJSNonRetriableError", false, "text"],
];

for (const [kind, details, name, retriable, message] of ROWS)
  test(`${kind} with ${Object.keys(details).join(", ") || "nothing else"} becomes ${name}`, () => {
    const error = toKafkaJsError(new KafkaError(kind, "text", details)) as Error & { retriable: boolean };
    assert.deepEqual(
      { name: error.name, retriable: error.retriable, message: error.message },
      { name, retriable, message },
    );
  });

test("a connection error has the broker and the system's code, wherever it is in the causes", () => {
  const inner = new KafkaError("connection", "inner", { cause: SYSTEM });
  const error = toKafkaJsError(new KafkaError("connection", "outer", { cause: inner }), { broker: "b:9092" });
  assert.ok(error instanceof KafkaJSConnectionError);
  assert.deepEqual([error.broker, error.code], ["b:9092", "ECONNREFUSED"]);
});

test("errors of kafkajs and of providers come through, however deep they are; others stay as they are", () => {
  const own = new KafkaJSNonRetriableError("own");
  const wrapped = new KafkaError("internal", "outer", { cause: new KafkaError("internal", "inner", { cause: own }) });
  assert.equal(toKafkaJsError(wrapped), own);
  const thrown = new RangeError("of a provider");
  const failure = new KafkaError("authentication", "text", { cause: new ProviderFailure(thrown) });
  assert.equal(toKafkaJsError(failure), thrown);
  for (const other of [own, thrown, "text", undefined, null, { code: 3 }]) assert.equal(toKafkaJsError(other), other);
});

test("a refused login by SCRAM begins with kafkajs's words", () => {
  const error = new KafkaError("authentication", "the broker refused", { code: 58 });
  const { message } = toKafkaJsError(error, { mechanism: "scram-sha-512" }) as Error;
  assert.equal(message, "SASL SCRAM SHA512 authentication failed: the broker refused");
});
