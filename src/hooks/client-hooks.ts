import type { ClusterClient } from "../cluster/cluster-client.ts";
import { callUser } from "../cluster/user-callback.ts";
import type { MetadataSnapshot } from "../cluster/metadata.ts";
import type { ProducerBatch } from "../producer/partition/batch.ts";
import { HOOK_MAKERS, type SiteName } from "./hook-makers.ts";
import type { HookClient, HookEvent, HookEvents, HookName } from "./hook-events.ts";
import type { HookSites } from "./hook-sites.ts";
import { metadataChanges } from "./metadata-changes.ts";

/**
 * Functions for hooks, by the hooks' names. Each gets the event. They are called one after the other, in the order of
 * the events, soon after what they tell of and never in the middle of the client's work. If one throws, or its promise
 * rejects, the error is logged with the name of the hook; nothing waits for its promise.
 */
export type HookListeners = { readonly [N in HookName]?: (event: HookEvents[N]) => unknown };

type Listener = (event: HookEvent) => unknown;

/** The hooks of one client: makes the events that somebody listens to, and calls the listeners. */
export class ClientHooks {
  /** The calls for the client; it has only those that are listened to. */
  readonly sites: { -readonly [N in SiteName]?: HookSites[N] } = {};
  readonly #client: ClusterClient;
  readonly #about: HookClient;
  readonly #listeners = new Map<HookName, Listener[]>();
  /** Events that were not told yet, in order. */
  #waiting: { readonly name: HookName; readonly event: HookEvent }[] = [];
  #unsubscribe: (() => void) | undefined;

  constructor(client: ClusterClient) {
    this.#client = client;
    const { clientId, tags } = client.name;
    this.#about = Object.freeze({ kind: client.kind, clientId, number: Number(tags["client-number"]) });
  }

  /** Calls these listeners from now on. Returns a function that stops this. */
  add(listeners: ReadonlyMap<HookName, Listener>): () => void {
    for (const [name, listener] of listeners) {
      const others = this.#listeners.get(name);
      if (others === undefined) this.#listeners.set(name, [listener]);
      else this.#listeners.set(name, [...others, listener]);
    }
    this.#set();
    return () => {
      for (const [name, listener] of listeners) {
        const left = (this.#listeners.get(name) ?? []).filter((one) => one !== listener);
        if (left.length === 0) this.#listeners.delete(name);
        else this.#listeners.set(name, left);
      }
      this.#set();
    };
  }

  /** Sets the calls for what is listened to. */
  #set(): void {
    const sites = this.sites as Record<SiteName, ((...args: never[]) => void) | undefined>;
    for (const name of Object.keys(HOOK_MAKERS) as SiteName[]) {
      const make = HOOK_MAKERS[name] as (client: ClusterClient, ...args: never[]) => object;
      sites[name] = this.#listeners.has(name)
        ? (...args) => this.#tell(name, make(this.#client, ...args))
        : undefined;
    }
    if (this.#listeners.has("recordAcknowledged")) this.#setRecords();
    this.#client.hooks = this.#listeners.size === 0 ? undefined : this.sites;
    const wantsMetadata = this.#listeners.has("metadataChanged") || this.#listeners.has("leaderMoved");
    if (wantsMetadata) this.#unsubscribe ??= this.#followMetadata();
    else {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    }
  }

  /** A batch that is acknowledged is also told record by record. */
  #setRecords(): void {
    const whole = this.sites.batchAcknowledged;
    this.sites.batchAcknowledged = (batch: ProducerBatch, baseOffset) => {
      whole?.(batch, baseOffset);
      const { topic, partition, count } = batch;
      for (let i = 0; i < count; i++)
        this.#tell("recordAcknowledged", { topic, partition, offset: baseOffset < 0 ? undefined : baseOffset + i });
    };
  }

  #followMetadata(): () => void {
    let before: MetadataSnapshot = this.#client.snapshot;
    return this.#client.onMetadata((now) => {
      const { changed, moved } = metadataChanges(before, now);
      before = now;
      if (changed !== undefined) this.#tell("metadataChanged", changed);
      for (const one of moved) this.#tell("leaderMoved", one);
    });
  }

  /** Keeps an event until the code that tells it has ended. */
  #tell(name: HookName, fields: object): void {
    if (!this.#listeners.has(name)) return;
    const event = { client: this.#about, atMs: this.#client.clock.now(), ...fields };
    if (this.#waiting.push({ name, event }) === 1) void Promise.resolve().then(() => this.#deliver());
  }

  #deliver(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { name, event } of waiting)
      for (const listener of this.#listeners.get(name) ?? [])
        callUser(`the hook ${name}`, listener, event, (level, message) => this.#client.cluster.log(level, message));
  }
}
