import { KafkaError } from "./errors/kafka-error.ts";
import { lateCode } from "./errors/late-code.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { ClusterOptions } from "./cluster/options.ts";
import type * as Loaded from "./observing/request-log.ts";

type Versions = Required<Pick<ClusterOptions, "allowedVersions">>;

/**
 * Logs each request of a `Kafka`. The code is loaded before the first connection is opened, which waits for it, so that
 * no request is missed. Without the code the client works, and says that it does not log them.
 */
export function withRequestLog({ allowedVersions }: Partial<Versions>, cluster: () => Cluster): Versions {
  let loading: Promise<void> | undefined;
  return {
    allowedVersions: async () => {
      loading ??= loadRequestLog().then(
        ({ logRequests }) => logRequests(cluster()),
        (error: unknown) => cluster().log("warn", `requests are not logged: ${KafkaError.from(error).message}`),
      );
      await loading;
      return (await allowedVersions?.()) ?? new Map();
    },
  };
}

/** Loads the code that logs requests. */
export function loadRequestLog(): Promise<Pick<typeof Loaded, "logRequests">> {
  return lateCode(import("./observing/request-log.ts"), "the log of requests");
}
