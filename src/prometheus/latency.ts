import type { ClientKind } from "../cluster/client-name.ts";
import type { HookRequest, HookSites, ObservedClient } from "../hooks/hook-sites.ts";
import { Histogram } from "./histogram.ts";
import type { Family } from "./text-format.ts";

/** The histograms of requests of one kind of client, by the API's key plus one: −1 is a token of SASL. */
type ByApi = { readonly name: string; readonly histogram: Histogram }[];

/**
 * Histograms of the times of requests, deliveries and batches. They are of all clients together, so that their number
 * does not grow with that of clients, brokers or topics: one for each kind of client and API that is used.
 */
export class Latency {
  readonly #bounds: readonly number[];
  readonly #requests: Readonly<Record<ClientKind, ByApi>> = { producer: [], consumer: [], admin: [] };
  readonly #delivery: Histogram;
  readonly #processing: Histogram;

  constructor(boundsInSeconds: readonly number[]) {
    this.#bounds = boundsInSeconds;
    this.#delivery = new Histogram(boundsInSeconds);
    this.#processing = new Histogram(boundsInSeconds);
  }

  /** The calls of a client that are measured. */
  sites({ clock, kind }: ObservedClient): HookSites {
    const requests = this.#requests[kind];
    return {
      // A request without a response, with `acks: 0`, says nothing about the broker.
      requestAnswered: (_, request, _inFlight, sizeInBytes) => {
        if (sizeInBytes > 0) this.#of(requests, request).record(clock.monotonic() - writtenMs(request));
      },
      ...(kind === "producer"
        ? { batchAcknowledged: (batch) => this.#delivery.record(clock.monotonic() - batch.createdMs) }
        : {}),
      ...(kind === "consumer"
        ? { batchProcessed: (_, sinceMs) => this.#processing.record(clock.monotonic() - sinceMs) }
        : {}),
    };
  }

  families(prefix: string): readonly Family[] {
    const kinds = Object.entries(this.#requests);
    return [
      {
        name: `${prefix}client_request_duration_seconds`,
        help: "Time from a request to its response, of all clients. For Fetch and JoinGroup brokers wait on purpose.",
        type: "histogram",
        samples: kinds.flatMap(([kind, apis]) =>
          // The list has holes, which forEach leaves out.
          apis.flatMap(({ name, histogram }) => histogram.samples({ client_kind: kind, api: name })),
        ),
      },
      {
        name: `${prefix}producer_delivery_duration_seconds`,
        help: "Time from the first record of a batch until the batch was acknowledged, of all producers.",
        type: "histogram",
        samples: this.#delivery.samples({}),
      },
      {
        name: `${prefix}consumer_batch_duration_seconds`,
        help: "Time that the application took for a batch, of all consumers.",
        type: "histogram",
        samples: this.#processing.samples({}),
      },
    ];
  }

  #of(requests: ByApi, { apiKey, apiName }: HookRequest): Histogram {
    const entry = requests[apiKey + 1] ?? { name: apiName, histogram: new Histogram(this.#bounds) };
    requests[apiKey + 1] = entry;
    return entry.histogram;
  }
}

/** When a request was written. One that was written before it was observed has only the time of its timeout. */
function writtenMs({ sentMs, writtenMs }: HookRequest): number {
  return writtenMs < 0 ? sentMs : writtenMs;
}
