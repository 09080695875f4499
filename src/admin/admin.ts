import type { Cluster } from "../cluster/cluster.ts";
import { ClusterClient } from "../cluster/cluster-client.ts";
import { observableAs } from "../hooks/observable.ts";
import type { AdminCalls } from "./admin-calls.ts";
import { AdminContext } from "./admin-context.ts";
import { LazyCalls } from "./lazy-calls.ts";

/* eslint-disable @typescript-eslint/no-unsafe-declaration-merging, @typescript-eslint/no-empty-object-type --
   the base class has these methods, and is no part of the published types */

/**
 * Administers a cluster. Each call retries until `timeoutMs` (default 60000, Java's `default.api.timeout.ms`) and then
 * rejects with kind `timeout`. A `signal` that fires ends the wait with kind `cancelled`, `close()` with kind `closed`;
 * a request that was sent may still be carried out. Java: `org.apache.kafka.clients.admin.Admin`.
 *
 * A call that returns {@link Results} resolves with a value or an error for each item; call `orThrow()` if no item may
 * fail. Only the items that may be sent again are sent again. An item without an answer at the deadline has an error of
 * kind `timeout`; such a call rejects only for wrong arguments, by its `signal`, and by `close()`.
 */
export class Admin extends LazyCalls {
  readonly #client: ClusterClient;

  /** @internal */
  constructor(cluster: Cluster) {
    const client = new ClusterClient(cluster, "admin");
    super(new AdminContext(client));
    this.#client = observableAs(this, client);
  }

  /** Whether {@link close} was called. */
  get isClosed(): boolean {
    return this.#client.isClosed;
  }

  /**
   * Closes the admin's connections; running calls reject with kind `closed`. Accepted when it returns. Has no deadline,
   * because it waits for no broker. A second call returns when the first has ended. Java: `close`.
   */
  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

// The base class is no part of the published types, so its methods are named here.
export interface Admin extends AdminCalls {}
