import type { Diagnostics, TracingChannels } from "../runtime/diagnostics.ts";
import type { HookClient } from "../hooks/hook-event.ts";
import type { Trace, TraceMessage, TraceMessages } from "../hooks/traces.ts";

/** The tracing channels that all clients share, by the last part of their names. */
export type TraceChannels = { readonly [N in keyof TraceMessages]: TracingChannels };

/** Finds the tracing channels of the host. */
export function traceChannels(diagnostics: Diagnostics): TraceChannels {
  const tracing = (name: string): TracingChannels => diagnostics.tracing(name);
  return {
    send: tracing("odradek:send"),
    process: tracing("odradek:process"),
    commit: tracing("odradek:commit"),
  };
}

/** A tracing channel for one client, whose messages name it. */
export class ClientTrace<M extends TraceMessage> implements Trace<M> {
  readonly #client: HookClient;
  readonly #channels: TracingChannels;

  constructor(client: HookClient, channels: TracingChannels) {
    this.#client = client;
    this.#channels = channels;
  }

  get hasSubscribers(): boolean {
    return this.#channels.hasSubscribers;
  }

  run<T>(message: Omit<M, keyof TraceMessage>, body: (message: M) => T): T {
    const whole = { client: this.#client, ...message } as TraceMessage as M;
    return this.#channels.trace(whole, () => body(whole));
  }
}
