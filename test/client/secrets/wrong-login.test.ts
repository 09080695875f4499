// The options of a login and the token providers, used wrongly in every way: a clear KafkaError, at once.
import { test } from "node:test";
import assert from "node:assert/strict";
import { KafkaError } from "../../../src/errors/kafka-error.ts";
import { Kafka } from "../../../src/kafka.ts";
import "../late-code.ts";
import type { SaslOptions } from "../../../src/security/sasl-options.ts";
import type { SimulatedPlatform } from "../../../src/simulation/simulated-platform.ts";
import { sleep } from "../../../src/runtime/sleep.ts";
import { quickCrypto } from "../../network/login/server-mechanisms.ts";
import { inVirtualTime } from "../../runtime/virtual.ts";
import { EchoBroker } from "./echo-broker.ts";
import { AGAIN, AT_ONCE, type Wrong } from "./wrong-logins.ts";

/** Endpoints never answer here. */
const never = new Promise<never>(() => undefined);
const LIMIT_MS = 15_000;

/** The error of the first call, and how long it took. */
async function errorOf(platform: SimulatedPlatform, sasl: unknown): Promise<readonly [KafkaError, number]> {
  const fromMs = platform.clock.monotonic();
  let thrown: unknown;
  try {
    const kafka = new Kafka<SimulatedPlatform["runtime"]>(
      {
        bootstrapServers: "broker:9092",
        sasl: sasl as SaslOptions,
        runtime: platform.runtime,
        socketConnectionSetupTimeoutMs: 5000,
        onLog: () => undefined,
      },
      { ...platform, crypto: quickCrypto, fetch: () => never, environment: () => undefined },
    );
    await kafka
      .admin()
      .listTopics({ timeoutMs: LIMIT_MS })
      .catch((error: unknown) => (thrown = error));
    const tookMs = platform.clock.monotonic() - fromMs;
    await kafka.close({ timeoutMs: 100 });
    assert.ok(KafkaError.is(thrown), String(thrown));
    return [thrown, tookMs];
  } catch (error) {
    assert.ok(KafkaError.is(error), String(error));
    return [error, platform.clock.monotonic() - fromMs];
  }
}

async function holds(rows: readonly Wrong[], mostMs: number): Promise<void> {
  await inVirtualTime(async (platform) => {
    const broker = new EchoBroker();
    broker.refusal = "challenge";
    broker.text = "{}";
    await broker.start(platform.listener);
    for (const [what, sasl, kind, says] of rows) {
      const [error, tookMs] = await errorOf(platform, sasl());
      assert.match(error.message, says, what);
      assert.equal(error.kind, kind, `${what}: ${error.message}`);
      assert.doesNotMatch(error.message, /x-secret/, what);
      assert.ok(tookMs <= mostMs, `${what}: ${tookMs} ms`);
    }
    await sleep(platform, 30_000);
    await broker.stop();
  });
}

test("options and functions of a login that are wrong: the first call fails at once, with the place and the remedy", () =>
  holds(AT_ONCE, 200));

test("functions of a login that throw or never settle are called again, and the call's deadline names them", () =>
  holds(AGAIN, LIMIT_MS + 1));
