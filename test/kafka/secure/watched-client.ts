import assert from "node:assert/strict";
import { inspect } from "node:util";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../../src/kafka.ts";
import { Kafka } from "../../../src/node.ts";
import { nodeConnector } from "../../../src/platform/node/connector.ts";
import type { Connector } from "../../../src/runtime/byte-stream.ts";
import { take } from "../../client/world.ts";

/** A client whose attempts to connect and log lines are remembered. */
export class WatchedClient {
  readonly kafka: Kafka;
  /** Attempts to connect. */
  attempts = 0;
  /** Warnings and errors in the log. */
  readonly lines: string[] = [];

  constructor(options: KafkaBaseOptions) {
    const inner = nodeConnector();
    const connector: Connector = {
      ...inner,
      connect: (...args) => {
        this.attempts++;
        return inner.connect(...args);
      },
    };
    this.kafka = new Kafka({
      ...options,
      connector,
      onLog: ({ level, message }) => {
        if (level === "warn" || level === "error") this.lines.push(`${level}: ${message}`);
      },
    });
  }

  /** The log lines that match. */
  said(pattern: RegExp): readonly string[] {
    return this.lines.filter((line) => pattern.test(line));
  }
}

/** The calls that every error of a connection must end. */
export const CALLS: Readonly<Record<string, (kafka: Kafka) => Promise<unknown>>> = {
  "admin.listTopics()": (kafka) => kafka.admin().listTopics(),
  "producer.send()": (kafka) => kafka.producer().send({ topic: "alice-1", value: "x" }),
  "a consumer's loop": (kafka) => take(kafka.consumer({ topics: ["alice-1"] }), 1),
  "a group member's loop": (kafka) => take(kafka.consumer({ groupId: "alice-errors", topics: ["alice-1"] }), 1),
};

/** The kind and the words of an error. */
export interface Expected {
  readonly kind: KafkaError["kind"];
  readonly retriable?: boolean;
  readonly says: RegExp;
}

/** Checks kind, `retriable` and words of an error, and that no secret is in it. */
export function isExpected({ kind, retriable = false, says }: Expected): (error: unknown) => boolean {
  return (error) => {
    assert.ok(KafkaError.is(error), String(error));
    assert.deepEqual([error.kind, error.retriable], [kind, retriable], error.message);
    assert.match(error.message, says);
    assert.doesNotMatch(inspect(error, { depth: Infinity, showHidden: true }), SECRET, "a secret is in the error");
    return true;
  };
}

/** The passwords of the tests end so. */
const SECRET = /-secret|p=a,ss|se:cret/;

/**
 * Each call, by a client of its own, must reject with the expected error after at most `attempts` attempts to connect.
 * The attempts are counted, because time says nothing on a busy machine.
 */
export async function rejectsEachCall(
  options: KafkaBaseOptions,
  expected: Expected,
  attempts = 1,
  inspectClient: (client: WatchedClient, call: string) => void = () => undefined,
): Promise<void> {
  for (const [name, call] of Object.entries(CALLS)) {
    const client = new WatchedClient(options);
    try {
      await assert.rejects(call(client.kafka), isExpected(expected), name);
      assert.ok(client.attempts <= attempts, `${name}: ${client.attempts} attempts; ${client.lines.join("\n")}`);
      for (const line of client.lines) assert.doesNotMatch(line, SECRET, "a secret is in the log");
      inspectClient(client, name);
    } finally {
      await client.kafka.close().catch(() => undefined);
    }
  }
}
