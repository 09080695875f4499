// Faults of groups: coordinators move, load, and refuse requests with every error code that Kafka documents for an API.
import type { World } from "../simulation/world.ts";

/** The error codes of Kafka's documentation, by API: 14 means loading, 15 not available, 16 another coordinator. */
const GROUP_ERRORS = {
  FindCoordinator: [14, 15, 24, 30, 42],
  JoinGroup: [14, 15, 16, 23, 24, 25, 26, 27, 30, 79, 81, 82],
  SyncGroup: [14, 15, 16, 22, 23, 25, 27, 30, 82],
  Heartbeat: [14, 15, 16, 22, 25, 27, 30, 82],
  LeaveGroup: [14, 15, 16, 25, 30, 82],
  OffsetCommit: [3, 7, 12, 14, 15, 16, 22, 24, 25, 27, 28, 29, 30, 69, 82, 113],
  OffsetFetch: [14, 15, 16, 24, 25, 30, 69, 88, 113],
  ConsumerGroupHeartbeat: [14, 15, 16, 24, 25, 30, 42, 81, 110, 111, 112, 113, 128],
} as const satisfies Readonly<Record<string, readonly number[]>>;

type GroupApi = keyof typeof GROUP_ERRORS;

/** Refuses the next requests of an API, with the codes in turn. */
function refuse(world: World, api: GroupApi, codes: readonly number[]): void {
  const { cluster } = world;
  const left = [...codes];
  const next = (): number => left.shift() ?? 0;
  if (api === "FindCoordinator") {
    cluster.intercept(api, ({ message, apiVersion }) => {
      const errorCode = next();
      if (errorCode === 0) return undefined;
      return {
        answer:
          apiVersion < 4
            ? { errorCode, nodeId: -1, host: "", port: -1 }
            : {
                coordinators: message.coordinatorKeys.map((key) => ({
                  key,
                  nodeId: -1,
                  host: "",
                  port: -1,
                  errorCode,
                  errorMessage: null,
                })),
              },
      };
    });
  } else if (api === "OffsetFetch") {
    cluster.intercept(api, ({ message, apiVersion }) => {
      const errorCode = next();
      if (errorCode === 0) return undefined;
      return {
        answer:
          apiVersion < 8
            ? { errorCode, topics: [] }
            : { groups: message.groups.map(({ groupId }) => ({ groupId, topics: [], errorCode })) },
      };
    });
  } else cluster.failRequests(api, codes);
}

/** Until `untilMs`, at random times: refuses requests, loads a coordinator for a while, or moves one. */
export async function groupFaults(world: World, groupId: string, untilMs: number): Promise<void> {
  const random = world.random("group-faults");
  const most = random.below(9);
  for (let i = 0; i < most; i++) {
    await world.sleep(random.between(200, 3000));
    if (world.nowMs >= untilMs) break;
    const apis = Object.keys(GROUP_ERRORS) as GroupApi[];
    const api = apis[random.below(apis.length)] ?? "Heartbeat";
    const codes: readonly number[] = GROUP_ERRORS[api];
    const code = codes[random.below(codes.length)] ?? 14;
    switch (random.below(4)) {
      case 0: {
        const up = world.cluster.snapshot().brokers.filter(({ isUp }) => isUp);
        const to = up[random.below(up.length)]?.nodeId;
        if (to === undefined) break;
        world.note(`group fault: the coordinator moves to broker-${to}`);
        world.cluster.moveCoordinator("group", groupId, to);
        break;
      }
      case 1: {
        world.note("group fault: the coordinator is loading");
        for (const each of [
          "JoinGroup",
          "SyncGroup",
          "Heartbeat",
          "OffsetCommit",
          "OffsetFetch",
          "ConsumerGroupHeartbeat",
        ] as const)
          refuse(
            world,
            each,
            Array.from({ length: random.between(1, 5) }, () => 14),
          );
        break;
      }
      default: {
        const times = random.below(4) === 0 ? 3 : 1;
        world.note(`group fault: ${api} is answered with ${code}, ${times} times`);
        refuse(
          world,
          api,
          Array.from({ length: times }, () => code),
        );
      }
    }
  }
  await world.sleep(Math.max(0, untilMs - world.nowMs));
}
