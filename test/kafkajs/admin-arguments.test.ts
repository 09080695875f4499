// Wrong arguments of an admin's calls: the errors are kafkajs's, to the letter.
import { test } from "node:test";
import assert from "node:assert/strict";
import { onBoth } from "./admin/admin-call.ts";
import { inKafkaJsWorld } from "./world.ts";
import { TYPE_ERRORS, WRONG_CALLS } from "./admin/wrong-calls.ts";

interface Rejected {
  readonly rejected?: { readonly chain: readonly string[]; readonly message: string };
}

test("each wrong argument has kafkajs's error: class, text, members, causes", async () => {
  const { real, ours } = await onBoth({ topics: { orders: 1 } }, WRONG_CALLS);
  for (const { what } of WRONG_CALLS) {
    assert.equal((real.get(what) as Rejected).rejected?.chain[0], "KafkaJSNonRetriableError", what);
    assert.deepEqual(ours.get(what), real.get(what), what);
  }
});

test("where kafkajs fails in the engine or in its encoder, the argument is named", async () => {
  const { real, ours } = await onBoth({ topics: { orders: 1 } }, TYPE_ERRORS);
  for (const { what } of TYPE_ERRORS) {
    const [mine, theirs] = [ours, real].map((outcomes) => (outcomes.get(what) as Rejected).rejected);
    assert.match(theirs?.chain[0] ?? "", /^(TypeError|KafkaJSGroupCoordinatorNotFound|KafkaJSProtocolError)$/, what);
    assert.equal(mine?.chain[0], "KafkaJSNonRetriableError", what);
    assert.match(mine?.message ?? "", /^(Invalid|Expected)/, what);
  }
});

test("setOffsets refuses what seek refuses; kafkajs leaves a consumer running then, and later calls hang", () =>
  inKafkaJsWorld({ topics: { orders: 1 } }, async ({ kafka }) => {
    const admin = kafka().admin() as unknown as {
      setOffsets(options: object): Promise<void>;
      disconnect(): Promise<void>;
    };
    const refusal = async (entry: unknown): Promise<string> => {
      const error = await admin.setOffsets({ groupId: "g", topic: "orders", partitions: [entry] }).then(
        () => undefined,
        (thrown: unknown) => thrown as Error,
      );
      assert.equal(error?.name, "KafkaJSNonRetriableError");
      return error.message;
    };
    for (const partition of [undefined, null, "", "x", {}])
      assert.equal(
        await refusal({ partition, offset: "1" }),
        `Invalid partition, expected a number received ${partition as string}`,
      );
    for (const offset of [undefined, null, "x", 1.5, {}])
      assert.equal(
        await refusal({ partition: 0, offset }),
        `Invalid offset, expected a long received ${offset as string}`,
      );
    for (const offset of ["-3", -5])
      assert.equal(await refusal({ partition: 0, offset }), "Offset must not be a negative number");
    assert.equal(await refusal(null), "Invalid partition, expected a number received undefined");
    await admin.disconnect();
  }));
