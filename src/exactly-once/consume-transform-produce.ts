import type { ConsumeTransformProduce } from "./handle.ts";
import type { ConsumeTransformProduceOptions } from "./options.ts";
import { type ClientMaker, Pipeline } from "./pipeline.ts";

/**
 * Reads records, lets `transform` make others of them, and writes those so that each input has its effect exactly once:
 * the results and the positions of what they were made of are committed in one transaction (KIP-447). It runs until
 * {@link ConsumeTransformProduce.close}, or until {@link ConsumeTransformProduce.ended} rejects.
 *
 * A rebalance waits for the transaction that is running, and aborts it when it takes too long; lost partitions abort it
 * at once. What may pass aborts it, and its records are read again. Throws kind `config` for options that are wrong.
 */
export function consumeTransformProduce<
  KI = Uint8Array,
  VI = Uint8Array,
  KO = string | Uint8Array,
  VO = string | Uint8Array,
>(kafka: ClientMaker, options: ConsumeTransformProduceOptions<KI, VI, KO, VO>): ConsumeTransformProduce {
  return new Pipeline<KI, VI, KO, VO>(kafka, options);
}
