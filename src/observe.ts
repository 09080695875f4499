import type { Admin } from "./admin/admin.ts";
import type { Consumer } from "./consumer/consumer.ts";
import { callback, shape } from "./errors/shape.ts";
import type { AnyKafka } from "./kafka.ts";
import { TracedSends } from "./producer/accepting/traced-sends.ts";
import type { Producer } from "./producer/producer.ts";
import type { Diagnostics } from "./runtime/diagnostics.ts";
import {
  ClientHooks,
  HOOK_NAMES,
  hookClientOf,
  type HookChannels,
  type HookListeners,
} from "./observing/client-hooks.ts";
import { ClientTrace, traceChannels } from "./observing/client-traces.ts";
import type { HookEvent } from "./hooks/hook-event.ts";
import type { CommitTrace, ProcessTrace, SendTrace } from "./hooks/traces.ts";
import type { HookName } from "./hooks/hook-events.ts";
import { hooksOf, observableOf, watchClients } from "./observing/watch-clients.ts";

const LISTENERS = shape(Object.fromEntries(HOOK_NAMES.map((name) => [name, callback])), { noun: "hook" });

/**
 * Calls functions when something happens in a client: connections, requests, rebalances, fetches, commits, batches,
 * transactions (docs/hooks.md has the table). With a `Kafka` it observes all its clients, those that are made later
 * too. Returns a function that ends it. Events never contain keys, values, headers or secrets. A hook without
 * a listener costs nothing.
 *
 * Throws kind `config` for an unknown hook, and `closed` after `close()`. Java has no counterpart; its parts are
 * `ProducerInterceptor`, `ConsumerInterceptor`, `ConsumerRebalanceListener` and metrics. franz-go: `WithHooks`.
 */
export function observe(
  target: AnyKafka | Producer<never, never> | Consumer<unknown, unknown> | Admin,
  listeners: HookListeners,
): () => void {
  observableOf(target, "observe");
  LISTENERS(listeners, "observe: the hooks");
  const given = new Map(
    (Object.entries(listeners) as [HookName, ((event: HookEvent) => unknown) | undefined][]).flatMap(
      ([name, listener]) => (listener === undefined ? [] : [[name, listener] as const]),
    ),
  );
  return watchClients(target, "observe", (client) => hooksOf(client).add(given));
}

/**
 * Publishes the events of all clients of a `Kafka` to channels of the host, `odradek:NAME`, and what they do to its
 * tracing channels.
 * @internal
 */
export function publishHooks(kafka: AnyKafka, diagnostics: Diagnostics): void {
  const channels: HookChannels = new Map(HOOK_NAMES.map((name) => [name, diagnostics.channel(`odradek:${name}`)]));
  const { commit, process, send } = traceChannels(diagnostics);
  observableOf(kafka, "publishHooks").observers?.add((client) => {
    client.listeners ??= new ClientHooks(client, channels);
    const about = hookClientOf(client);
    client.traces = {
      send: new TracedSends(new ClientTrace<SendTrace>(about, send)),
      process: new ClientTrace<ProcessTrace>(about, process),
      commit: new ClientTrace<CommitTrace>(about, commit),
    };
  });
}
