import type { Clock } from "../runtime/async-runtime.ts";
import { BrokerQuotas } from "./state/quotas/broker-quotas.ts";
import type { ClientQuotas, QuotaKey } from "./state/quotas/client-quotas.ts";
import { type MutationBuckets, MutationQuota } from "./state/quotas/mutation-quota.ts";

/** The parts of broker and cluster that quotas need. */
export interface ClientThrottleHost {
  readonly clock: Clock;
  readonly quotas: ClientQuotas;
  readonly mutations: MutationBuckets;
  /** The use of quotas by the clients of this broker. */
  readonly used: BrokerQuotas;
  /** For example `User:alice`. It changes when the client authenticates. */
  readonly client: { readonly principal: string };
}

/** The quotas of the client of one connection. A client that is above a quota is throttled: see {@link mutedMs}. */
export class ClientThrottle {
  readonly #host: ClientThrottleHost;
  #mutedUntilMs = 0;

  constructor(host: ClientThrottleHost) {
    this.#host = host;
  }

  /** Whether anybody has a quota with this name: otherwise requests have nothing to count. */
  has(key: QuotaKey): boolean {
    return this.#host.quotas.has(key);
  }

  /** For how long the broker serves no more requests of this connection, in ms (KIP-219). */
  get mutedMs(): number {
    // Without a throttle, which is nearly always, the clock is not asked.
    return this.#mutedUntilMs === 0 ? 0 : Math.max(0, this.#mutedUntilMs - this.#nowMs);
  }

  /** Counts a Produce request, and returns the throttle time for its response, in ms. */
  produced(clientId: string | null, bytes: number): number {
    const quota = this.#quota("producer_byte_rate", clientId);
    return quota === undefined ? 0 : this.#mute(this.#host.used.produced(quota, bytes, this.#nowMs));
  }

  /** Counts a response of Fetch, and returns its throttle time in ms. If that is not 0, the response must be empty. */
  fetched(clientId: string | null, bytes: number): number {
    const quota = this.#quota("consumer_byte_rate", clientId);
    return quota === undefined ? 0 : this.#mute(this.#host.used.fetched(quota, bytes, this.#nowMs));
  }

  /** The most bytes that a response of Fetch may have. */
  mostFetched(clientId: string | null): number {
    const quota = this.#quota("consumer_byte_rate", clientId);
    return quota === undefined ? Infinity : BrokerQuotas.mostFetched(quota);
  }

  /** Counts the time that the broker worked for a request, and returns its throttle time in ms. */
  worked(clientId: string | null, workedMs: number): number {
    const quota = this.#quota("request_percentage", clientId);
    return quota === undefined ? 0 : this.#mute(this.#host.used.worked(quota, workedMs, this.#nowMs));
  }

  /** The quota of a request that creates or deletes partitions. Call {@link mutated} when it was served. */
  mutations(clientId: string | null, isStrict: boolean): MutationQuota {
    const { mutations } = this.#host;
    return new MutationQuota(this.#quota("controller_mutation_rate", clientId), mutations, isStrict, this.#nowMs);
  }

  /** Returns the throttle time for the response of a request that has created or deleted partitions, in ms. */
  mutated({ throttleMs }: MutationQuota): number {
    return this.#mute(throttleMs);
  }

  #quota(key: QuotaKey, clientId: string | null): ReturnType<ClientQuotas["of"]> {
    const { quotas, client } = this.#host;
    if (!quotas.has(key)) return undefined;
    return quotas.of(key, client.principal.slice(client.principal.indexOf(":") + 1), clientId ?? "");
  }

  #mute(throttleMs: number): number {
    if (throttleMs > 0) this.#mutedUntilMs = Math.max(this.#mutedUntilMs, this.#nowMs + throttleMs);
    return throttleMs;
  }

  /** Wall clocks jump; a throttle time is a duration. */
  get #nowMs(): number {
    return this.#host.clock.monotonic();
  }
}
