import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../errors/kafka-error.ts";
import { isPermanent } from "../errors/is-permanent.ts";
import { type ClosePoint, EarlyCloses, isTlsHangUp, likelyCause } from "./early-closes.ts";

type Step = ClosePoint | "reset";

/** A row: closes and other failures, and the verdict on each close. */
const TABLE: readonly (readonly [title: string, steps: readonly Step[], verdicts: string])[] = [
  ["one close", ["tls"], "tolerate"],
  ["two in a row", ["tls", "tls"], "tolerate log"],
  ["the fifth and all after it", Array<Step>(7).fill("first-request"), "tolerate log tolerate tolerate fail fail fail"],
  [
    "a restart: connections are refused in between",
    ["tls", "tls", "tls", "tls", "reset", "tls", "tls"],
    "tolerate log tolerate tolerate tolerate log",
  ],
  [
    "closes at different points",
    ["tls", "first-request", "tls", "first-request"],
    "tolerate tolerate tolerate tolerate",
  ],
];

for (const [what, steps, verdicts] of TABLE)
  test(`closes before a connection worked: ${what}`, () => {
    const closes = new EarlyCloses();
    const seen: string[] = [];
    for (const step of steps)
      if (step === "reset") closes.reset();
      else seen.push(closes.closed(step));
    assert.equal(seen.join(" "), verdicts);
  });

test("the likely cause names the address, the number and the remedy, and no retry heals it", () => {
  const tls = likelyCause("tls", "b:9092", 5);
  assert.deepEqual([tls.kind, tls.retriable, isPermanent(tls)], ["connection", false, true]);
  assert.match(tls.message, /b:9092 closed the connection during the TLS handshake, 5 times.*remove the option tls/);
  const sasl = likelyCause("first-request", "b:9092", 5);
  assert.deepEqual([sasl.kind, sasl.retriable, isPermanent(sasl)], ["authentication", false, true]);
  assert.match(sasl.message, /b:9092 closed the connection instead of answering.*5 times.*set the option sasl/);
});

test("a handshake that the other end closed is told from other failures to connect by the connector's words", () => {
  const closed = "cannot connect to b:9092: the other end closed the connection during the TLS handshake. A broker";
  assert.equal(isTlsHangUp(new KafkaError("connection", closed, { retriable: true })), true);
  assert.equal(isTlsHangUp(new KafkaError("connection", "connection refused", { retriable: true })), false);
  assert.equal(isTlsHangUp(new KafkaError("authentication", closed)), false);
});
