import assert from "node:assert/strict";
import { test } from "node:test";
import { KafkaError } from "../errors/kafka-error.ts";
import { InFlight } from "./in-flight.ts";

const REASONS = [
  ["the broker closed the connection", "ApiVersions to b:9092: the broker closed the connection"],
  ["cannot connect to b:9092: ECONNRESET", "ApiVersions: cannot connect to b:9092: ECONNRESET"],
  ["the broker at b:9092 closed the connection", "ApiVersions: the broker at b:9092 closed the connection"],
] as const;

for (const [reason, expected] of REASONS)
  test(`a failed request says the address once: ${reason}`, async () => {
    const failure = await new Promise<KafkaError>((reject) => {
      const parts = {
        correlationId: 1,
        api: { name: "ApiVersions", key: 18 },
        version: 4,
        timeoutMs: 1000,
        chunks: [],
        answer: "response",
        needsSession: true,
        receive: () => undefined,
        reject,
      } as const;
      const request = new InFlight(parts, { createdMs: 0, observed: undefined, expired: () => undefined });
      request.fail(new KafkaError("connection", reason), "b:9092");
    });
    assert.deepEqual([failure.message, failure.address], [expected, "b:9092"]);
  });
