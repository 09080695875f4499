import type { Cluster } from "../../cluster/cluster.ts";
import { ClusterClient } from "../../cluster/cluster-client.ts";
import { lateCode } from "../../errors/late-code.ts";
import type * as Loaded from "./loaded-requests.ts";

/** The connections of a `Kafka` for its own requests, and the code for them, which is loaded when it is needed. */
export class RequestClient {
  readonly #client: ClusterClient;

  constructor(cluster: Cluster) {
    this.#client = new ClusterClient(cluster, "admin");
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#client.isClosed;
  }

  /** Runs a call of the loaded code. */
  async run<T>(call: (loaded: typeof Loaded, client: ClusterClient) => Promise<T>): Promise<T> {
    return await call(await loadRequests(), this.#client);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** Loads the code of raw requests. */
export function loadRequests(): Promise<typeof Loaded> {
  return lateCode(import("./loaded-requests.ts"), "raw requests");
}
