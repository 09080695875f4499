import { KafkaJSNonRetriableError } from "../errors/kafkajs-error.ts";
import type { Host } from "../host.ts";
import type { Logger } from "../logging/logger.ts";
import { type ClientKind, type EventKey, eventNames } from "./event-names.ts";
import { InstrumentationEvent } from "./instrumentation-event.ts";

/** A listener, as `client.on` takes it. */
export type EventListener = (event: InstrumentationEvent<never>) => unknown;

/**
 * The events of one client. An event is built only if it has a listener, and the hooks of Odradek that it needs are set
 * only then ({@link source}).
 */
export class ClientEvents<K extends ClientKind> {
  /** The member `events` of the client. */
  readonly names: Record<EventKey<K>, string>;
  readonly #kind: K;
  readonly #host: Pick<Host, "clock" | "process">;
  readonly #logger: Logger;
  readonly #listeners = new Map<string, EventListener[]>();
  readonly #sources = new Map<string, EventSource>();

  constructor(kind: K, host: Pick<Host, "clock" | "process">, logger: Logger) {
    this.#kind = kind;
    this.#host = host;
    this.#logger = logger;
    this.names = eventNames(kind);
  }

  /** `client.on`: adds a listener. Returns a function that removes it. Throws for a name that the client has not. */
  on(name: string, listener: EventListener): () => void {
    const known = eventNames(this.#kind) as Readonly<Record<string, string>>;
    if (!Object.values(known).includes(name)) {
      const keys = Object.keys(known).map((key) => `${this.#kind}.events.${key}`);
      throw new KafkaJSNonRetriableError(`Event name should be one of ${keys.join(", ")}`);
    }
    // One object for each call: a listener may be added twice, and each remover removes its own.
    const added: EventListener = (event) => listener(event);
    const before = this.#listeners.get(name) ?? [];
    this.#listeners.set(name, [...before, added]);
    this.#sources.get(name)?.start();
    return () => {
      const rest = (this.#listeners.get(name) ?? []).filter((other) => other !== added);
      this.#listeners.set(name, rest);
      if (rest.length === 0) this.#sources.get(name)?.stop();
    };
  }

  /** Whether an event has a listener. */
  hears(key: EventKey<K>): boolean {
    return (this.#listeners.get(this.names[key])?.length ?? 0) > 0;
  }

  /**
   * Calls the listeners of an event; `payload` is called only if there are any. A listener that throws, or whose
   * promise rejects, is logged: kafkajs ends the process for the former.
   */
  emit(key: EventKey<K>, payload: () => unknown = () => undefined): void {
    const name = this.names[key];
    const listeners = this.#listeners.get(name) ?? [];
    if (listeners.length === 0) return;
    const id = this.#host.process.nextEventId++;
    const event = new InstrumentationEvent(id, name, this.#host.clock.now(), payload() as never);
    for (const listener of listeners) {
      try {
        const result = listener(event);
        if (isThenable(result)) result.then(undefined, (error: unknown) => this.#failed(name, error));
      } catch (error) {
        this.#failed(name, error);
      }
    }
  }

  /**
   * Sets the source of the events of a key: `begin` is called with the first listener, and the function that it returns
   * after the last one is gone.
   */
  source(key: EventKey<K>, begin: () => () => void): void {
    const source = new EventSource(begin);
    this.#sources.set(this.names[key], source);
    if (this.hears(key)) source.start();
  }

  #failed(eventName: string, error: unknown): void {
    const { message = String(error), stack } = (error ?? {}) as { readonly message?: string; readonly stack?: string };
    this.#logger.error(`Failed to execute listener: ${message}`, { eventName, stack });
  }
}

class EventSource {
  readonly #begin: () => () => void;
  #end: (() => void) | undefined;

  constructor(begin: () => () => void) {
    this.#begin = begin;
  }

  start(): void {
    this.#end ??= this.#begin();
  }

  stop(): void {
    this.#end?.();
    this.#end = undefined;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as Partial<PromiseLike<unknown>> | null | undefined)?.then === "function";
}
