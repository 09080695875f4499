import type { MetadataSnapshot } from "../cluster/metadata.ts";
import type { KafkaError } from "../errors/kafka-error.ts";
import { callUser } from "../cluster/user-callback.ts";
import type { LogLevel } from "../runtime/platform.ts";
import type { DiagnosticChannel } from "../runtime/diagnostics.ts";
import type { HookClient, HookEvent } from "../hooks/hook-event.ts";
import type { HookEvents, HookName } from "../hooks/hook-events.ts";
import type { RecordHookName } from "../hooks/record-events.ts";
import { HOOK_MAKERS, type SiteName } from "./hook-makers.ts";
import type { HookBatch, HookListening, HookSentBatch, HookSites, ObservedClient } from "../hooks/hook-sites.ts";
import { metadataChanges } from "./metadata-changes.ts";

/**
 * Functions for hooks, by the hooks' names. Each gets the event. They are called one after the other, in the order of
 * the events, soon after the step that they report, and never in the middle of the client's work. If one throws, or its
 * promise rejects, the error is logged with the name of the hook; nothing waits for its promise.
 */
export type HookListeners = { readonly [N in HookName]?: (event: HookEvents[N]) => unknown };

/** The channels of the host, by the names of the hooks. */
export type HookChannels = ReadonlyMap<HookName, DiagnosticChannel>;

type Listener = (event: HookEvent) => unknown;
/** A call of a client. None has more than four arguments. */
type Call = (a: never, b: never, c: never, d: never) => void;

/** Those who listen to one hook of one client. */
interface Hook {
  readonly name: HookName;
  readonly channel: DiagnosticChannel | undefined;
  listeners: readonly Listener[];
  /** Those who get the calls of the client as they are. */
  sites: readonly Call[];
}

const SITES = Object.keys(HOOK_MAKERS) as readonly SiteName[];
/** The hooks that are no calls of a client: they are made here. */
const OTHERS = ["metadataChanged", "leaderMoved"] as const;
/** The hooks that fire for each record of a batch that is reported. */
const OF_RECORDS: { readonly [N in SiteName]?: RecordHookName } = {
  batchAcknowledged: "recordAcknowledged",
  batchFailed: "recordFailed",
  batchProcessed: "recordProcessed",
};
/** The names of all hooks. */
export const HOOK_NAMES: readonly HookName[] = [...SITES, ...OTHERS, ...Object.values(OF_RECORDS)];

/** The hooks of one client: makes the events that have listeners, and calls these. */
export class ClientHooks implements HookListening {
  readonly #client: ObservedClient;
  readonly #about: HookClient;
  readonly #hasChannels: boolean;
  readonly #hooks: ReadonlyMap<HookName, Hook>;
  readonly #metadata: Hook;
  readonly #leaders: Hook;
  /** The calls for the client. */
  readonly #sites: Partial<Record<SiteName, Call | undefined>> = {};
  /** Events that were not delivered yet, in order. */
  #waiting: { readonly hook: Hook; readonly event: HookEvent }[] = [];
  #unsubscribe: (() => void) | undefined;
  #isClosed = false;

  constructor(client: ObservedClient, channels: HookChannels = new Map()) {
    this.#client = client;
    this.#about = hookClientOf(client);
    const hookOf = (name: HookName): Hook => ({ name, channel: channels.get(name), listeners: [], sites: [] });
    const [metadata, leaders] = OTHERS.map(hookOf) as [Hook, Hook];
    this.#metadata = metadata;
    this.#leaders = leaders;
    const hooks = [...SITES.map(hookOf), metadata, leaders, ...Object.values(OF_RECORDS).map(hookOf)];
    this.#hooks = new Map(hooks.map((hook) => [hook.name, hook]));
    this.#hasChannels = channels.size > 0;
    if (this.#hasChannels) this.#watchChannels();
    if (client.requestLog !== undefined) this.addSites(client.requestLog);
  }

  /** Calls these listeners from now on. Returns a function that stops this. */
  add(listeners: ReadonlyMap<HookName, Listener>): () => void {
    this.#change(listeners, (before, listener) => [...before, listener]);
    return () => this.#change(listeners, (before, listener) => before.filter((one) => one !== listener));
  }

  /** Passes the calls of the client to these from now on. Returns a function that stops this. */
  addSites(sites: HookSites): () => void {
    const change = (to: (before: readonly Call[], call: Call) => readonly Call[]): void => {
      for (const [name, call] of Object.entries(sites) as [SiteName, Call | undefined][]) {
        const hook = this.#hooks.get(name);
        if (hook !== undefined && call !== undefined) hook.sites = to(hook.sites, call);
      }
      if (!this.#hasChannels) this.#set();
    };
    change((before, call) => [...before, call]);
    return () => change((before, call) => before.filter((one) => one !== call));
  }

  #change(
    listeners: ReadonlyMap<HookName, Listener>,
    change: (before: readonly Listener[], listener: Listener) => readonly Listener[],
  ): void {
    for (const [name, listener] of listeners) {
      const hook = this.#hooks.get(name);
      if (hook !== undefined) hook.listeners = change(hook.listeners, listener);
    }
    // With channels the calls are there already, and each looks who listens.
    if (!this.#hasChannels) this.#set();
  }

  /** Sets the calls for what is listened to. */
  #set(): void {
    for (const [name, call] of this.#calls()) this.#sites[name] = call();
    const isObserved = [...this.#hooks.values()].some((hook) => isHeard(hook) || hook.sites.length > 0);
    this.#client.hooks = isObserved ? (this.#sites as HookSites) : undefined;
    if (!this.#isClosed && (isHeard(this.#metadata) || isHeard(this.#leaders)))
      this.#unsubscribe ??= this.#followMetadata();
    else this.#unfollow();
  }

  closed(): void {
    this.#isClosed = true;
    this.#unfollow();
  }

  #unfollow(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** A channel may get its first listener at any time, without notice: the client looks each time. */
  #watchChannels(): void {
    for (const [name, get] of this.#calls()) Object.defineProperty(this.#sites, name, { get });
    this.#client.hooks = this.#sites as HookSites;
    this.#unsubscribe = this.#followMetadata();
  }

  /** For each call of the client, a function that returns it while it has listeners. */
  #calls(): readonly (readonly [name: SiteName, call: () => Call | undefined])[] {
    const client = this.#client;
    return SITES.map((name) => {
      const hook = this.#hooks.get(name) as Hook;
      const make = HOOK_MAKERS[name] as (client: ObservedClient, ...args: never[]) => object;
      const report: Call = (a, b, c, d) => this.#report(hook, make(client, a, b, c, d));
      const records = this.#hooks.get(OF_RECORDS[name] ?? name) as Hook;
      if (records === hook) return [name, callOf(hook, report, () => isHeard(hook))];
      const both: Call = (a, b, c, d) => {
        if (isHeard(hook)) report(a, b, c, d);
        if (isHeard(records)) for (const fields of recordsOf(name, [a, b, c, d])) this.#report(records, fields);
      };
      return [name, callOf(hook, both, () => isHeard(hook) || isHeard(records))];
    });
  }

  #followMetadata(): () => void {
    let before: MetadataSnapshot = this.#client.snapshot;
    return this.#client.onMetadata((now) => {
      const known = before;
      before = now;
      if (!isHeard(this.#metadata) && !isHeard(this.#leaders)) return;
      const { changed, moved } = metadataChanges(known, now);
      if (changed !== undefined) this.#report(this.#metadata, changed);
      for (const one of moved) this.#report(this.#leaders, one);
    });
  }

  /** Keeps an event until the code that reports it has ended. */
  #report(hook: Hook, fields: object): void {
    if (!isHeard(hook)) return;
    const event = { client: this.#about, atMs: this.#client.clock.now(), ...fields };
    if (this.#waiting.push({ hook, event }) === 1) void Promise.resolve().then(() => this.#deliver());
  }

  #deliver(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const log = (level: LogLevel, message: string): void => this.#client.cluster.log(level, message);
    for (const { hook, event } of waiting) {
      const { channel, listeners, name } = hook;
      for (const listener of listeners) callUser(`the hook ${name}`, listener, event, log);
      if (channel?.hasSubscribers === true)
        callUser(`the channel odradek:${name}`, (message) => channel.publish(message), event, log);
    }
  }
}

/** The fields of the events for the records of a batch that is reported with these arguments. */
function* recordsOf(name: SiteName, args: readonly unknown[]): Iterable<object> {
  if (name === "batchProcessed") {
    const [{ topic, partition, firstOffset, source }] = args as [HookBatch];
    for (const { offset } of source.records) if (offset >= firstOffset) yield { topic, partition, offset };
    return;
  }
  const [{ topic, partition, count }, told] = args as [HookSentBatch, number | KafkaError];
  for (let i = 0; i < count; i++)
    if (typeof told === "number") yield { topic, partition, offset: told < 0 ? undefined : told + i };
    else yield { topic, partition, error: told };
}

/** The client, as events name it. */
export function hookClientOf({ groupId, kind, name }: ObservedClient): HookClient {
  return Object.freeze({ kind, clientId: name.clientId, number: Number(name.tags["client-number"]), groupId });
}

/**
 * A function that returns the call for a client: those who get the calls as they are, and what reports the event if it
 * has listeners. It makes no object, since it is called for each event where the host has channels.
 */
function callOf(hook: Hook, report: Call, isReported: () => boolean): () => Call | undefined {
  const all: Call = (a, b, c, d) => {
    for (const site of hook.sites) site(a, b, c, d);
    if (isReported()) report(a, b, c, d);
  };
  return () => {
    const { sites } = hook;
    if (sites.length === 0) return isReported() ? report : undefined;
    return sites.length > 1 || isReported() ? all : sites[0];
  };
}

function isHeard({ channel, listeners }: Hook): boolean {
  return listeners.length > 0 || channel?.hasSubscribers === true;
}
