import { context, SpanKind } from "@opentelemetry/api";
import type { ObservedClient } from "../hooks/hook-sites.ts";
import type { CommitTrace, Trace, TraceMessage, Traces } from "../hooks/traces.ts";
import { hookClientOf } from "../observing/client-hooks.ts";
import { DESTINATION_PARTITION_ID } from "./conventions.ts";
import { errorAttributes, failSpan } from "./operation-error.ts";
import type { Switch } from "./replaced-methods.ts";
import { addressServer, clientAttributes, operationAttributes, type Telemetry } from "./telemetry.ts";

/** Spans and durations of a consumer's commits, its own and those of the application. */
class CommitSpans implements Trace<CommitTrace> {
  readonly #telemetry: Telemetry;
  readonly #client: ObservedClient;
  readonly #at: Switch;
  /** Those who listened before: the tracing channels of the host, or another telemetry. */
  readonly #next: Trace<CommitTrace> | undefined;

  constructor(telemetry: Telemetry, client: ObservedClient, at: Switch, next: Trace<CommitTrace> | undefined) {
    this.#telemetry = telemetry;
    this.#client = client;
    this.#at = at;
    this.#next = next;
  }

  get hasSubscribers(): boolean {
    return this.#at.isOn || this.#next?.hasSubscribers === true;
  }

  run<T>(message: Omit<CommitTrace, keyof TraceMessage>, body: (message: CommitTrace) => T): T {
    const next = this.#next?.hasSubscribers === true ? this.#next : undefined;
    const pass = (then: (message: CommitTrace) => T): T =>
      next === undefined ? then({ client: hookClientOf(this.#client), ...message }) : next.run(message, then);
    return this.#at.isOn ? this.#traced(message, body, pass) : pass(body);
  }

  #traced<T>(
    { offsets }: Pick<CommitTrace, "offsets">,
    body: (message: CommitTrace) => T,
    pass: (then: (message: CommitTrace) => T) => T,
  ): T {
    const { clock } = this.#client;
    const startMs = clock.monotonic();
    const [first] = offsets;
    const topic = offsets.every((one) => one.topic === first?.topic) ? first?.topic : undefined;
    const common = operationAttributes(this.#client, "settle", topic, undefined, "commit");
    const attributes = {
      ...common,
      ...clientAttributes(this.#client),
      ...(first === undefined || offsets.length > 1 ? {} : { [DESTINATION_PARTITION_ID]: String(first.partition) }),
    };
    const name = topic === undefined ? "commit" : `commit ${topic}`;
    const { span, within } = this.#telemetry.start(name, SpanKind.CLIENT, attributes, context.active());
    return context.with(within, () =>
      pass((message) => {
        const end = (error?: unknown): void => {
          const server = addressServer(message.broker);
          span.setAttributes(server);
          if (error !== undefined) failSpan(span, error);
          const seconds = (clock.monotonic() - startMs) / 1000;
          this.#telemetry.operationDuration.record(seconds, { ...common, ...server, ...errorAttributes(error) });
          span.end();
        };
        // A commit always returns a promise.
        const result = body(message);
        void Promise.resolve(result).then(() => end(), end);
        return result;
      }),
    );
  }
}

/** Traces and measures the commits of a consumer, beside those who listen to them already. */
export function traceCommits(telemetry: Telemetry, client: ObservedClient, at: Switch): void {
  const { traces } = client;
  client.traces = {
    send: traces?.send ?? NO_SENDS,
    process: traces?.process ?? NO_PROCESSING,
    commit: new CommitSpans(telemetry, client, at, traces?.commit),
  };
}

const NO_SENDS: Traces["send"] = { hasSubscribers: false, around: (_call, record, send) => send(record) };
const NO_PROCESSING: Traces["process"] = {
  hasSubscribers: false,
  run: (message, body) => body(message as Parameters<typeof body>[0]),
};
