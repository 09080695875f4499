import type { ConsumeTransformProduce } from "./handle.ts";
import type { ConsumeTransformProduceOptions } from "./options.ts";
import { type ClientMaker, Pipeline } from "./pipeline.ts";

/**
 * Reads records, passes them to `transform`, and writes its results, so that each input record takes effect exactly
 * once: the results and the offsets of the inputs are committed in one transaction (KIP-447). Accepted when it returns;
 * a record is done when its transaction is committed. Has no deadline: it runs until
 * {@link ConsumeTransformProduce.close}, {@link ConsumeTransformProduce.stop}, the `close()` of the `Kafka`, or until
 * {@link ConsumeTransformProduce.ended} rejects. An option `signal` that fires aborts the running transaction and ends
 * everything with kind `cancelled`.
 *
 * A rebalance waits for the running transaction, and aborts it if it takes too long. If partitions are lost, the
 * transaction is aborted at once. After a temporary error it is aborted, and its records are read again. Throws kind
 * `config` for wrong options.
 */
export function consumeTransformProduce<
  KI = Uint8Array,
  VI = Uint8Array,
  KO = string | Uint8Array,
  VO = string | Uint8Array,
>(kafka: ClientMaker, options: ConsumeTransformProduceOptions<KI, VI, KO, VO>): ConsumeTransformProduce {
  return new Pipeline<KI, VI, KO, VO>(kafka, options);
}
