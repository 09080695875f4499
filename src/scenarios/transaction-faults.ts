// Faults of transactions, in addition to those of nodes and brokers: coordinators move, refuse requests, and carry out
// requests late.
import type { World } from "../simulation/world.ts";

/**
 * Codes of Kafka's documentation, by API: 14 means loading, 15 not available, 16 another coordinator, 51 a concurrent
 * transaction, 47 and 90 fenced, 48 and 120 an abort is required.
 */
const ERRORS = {
  InitProducerId: [14, 15, 16, 51],
  AddPartitionsToTxn: [14, 15, 16, 48, 51, 120],
  AddOffsetsToTxn: [14, 15, 16, 48, 51, 120],
  TxnOffsetCommit: [14, 15, 16, 22, 25, 47, 82, 120],
  EndTxn: [14, 15, 16, 51, 120],
} as const;

/** Runs until `untilMs`, at random times. */
export async function transactionFaults(
  world: World,
  transactionalIds: readonly string[],
  untilMs: number,
): Promise<void> {
  const random = world.random("transaction-faults");
  const { cluster } = world;
  const most = random.below(9);
  for (let i = 0; i < most; i++) {
    await world.sleep(random.between(200, 4000));
    if (world.nowMs >= untilMs) break;
    const id = transactionalIds[random.below(transactionalIds.length)] ?? "";
    const up = cluster.snapshot().brokers.filter(({ isUp }) => isUp);
    const to = up[random.below(up.length)]?.nodeId;
    const kind = random.below(5);
    if (kind === 0 && to !== undefined) {
      world.note(`transaction fault: the coordinator of ${id} moves to broker-${to}`);
      cluster.moveCoordinator("transaction", id, to);
    } else if (kind === 1) {
      const afterMs = random.between(100, 9000);
      world.note(`transaction fault: ${id} gets no response to an EndTxn, which is carried out ${afterMs} ms later`);
      cluster.intercept("EndTxn", { applyLaterMs: afterMs }, { times: 1, clientId: id });
    } else {
      const apis = Object.keys(ERRORS) as (keyof typeof ERRORS)[];
      const api = apis[random.below(apis.length)] ?? "EndTxn";
      const codes: readonly number[] = ERRORS[api];
      const code = codes[random.below(codes.length)] ?? 14;
      const times = random.below(4) === 0 ? 3 : 1;
      world.note(`transaction fault: ${api} is answered with ${code}, ${times} times`);
      cluster.failRequests(
        api,
        Array.from({ length: times }, () => code),
      );
    }
  }
}
