// The tracing agents, and how the spans of each are had.
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync, inflateSync } from "node:zlib";
import { decodeMessagePack } from "./msgpack.ts";
import type { Span } from "./spans.ts";

/** The result that the program of an agent prints. `spans` where the agent gives them in its own process. */
export interface TracedResult {
  readonly done: Readonly<Record<string, string>>;
  readonly notes: readonly { readonly name: string; readonly headers: readonly string[]; readonly span: string }[];
  readonly spans?: readonly Span[];
  readonly metrics?: readonly Readonly<Record<string, unknown>>[];
  readonly unhandled?: readonly string[];
}

export interface Agent {
  readonly name: string;
  readonly program: string;
  /** On Node 20 the newest that run there. */
  readonly packages: Readonly<Record<20 | 24, readonly string[]>>;
  /** Variables of the environment, with the address of a FakeAgent. */
  env(url: string): Readonly<Record<string, string>>;
  spans(result: TracedResult, received: readonly Received[]): readonly Span[];
}

/** A request that a FakeAgent took. */
export interface Received {
  readonly url: string;
  readonly body: Buffer;
}

/** Stands in for Datadog's agent and for Elastic's server: it accepts every request, and keeps it. */
export class FakeAgent {
  readonly received: Received[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const encoding = request.headers["content-encoding"];
        const raw = Buffer.concat(chunks);
        const body = encoding === "gzip" ? gunzipSync(raw) : encoding === "deflate" ? inflateSync(raw) : raw;
        this.received.push({ url: request.url ?? "", body });
        response.setHeader("content-type", "application/json");
        response.end("{}");
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** The instrumentation, and an SDK that goes with it. */
const openTelemetry = (instrumentation: string, base: string, api: string, sdk: string, tracing: string): string[] => [
  `@opentelemetry/instrumentation-kafkajs@${instrumentation}`,
  `@opentelemetry/instrumentation@${base}`,
  `@opentelemetry/api@${api}`,
  ...[tracing, "sdk-metrics", "core", "context-async-hooks"].map((name) => `@opentelemetry/${name}@${sdk}`),
];

export const AGENTS: readonly Agent[] = [
  {
    name: "OpenTelemetry",
    program: "opentelemetry.mjs",
    packages: {
      20: openTelemetry("0.32.0", "0.223.0", "1.9.1", "2.12.1", "sdk-trace-node"),
      24: openTelemetry("0.33.0", "0.301.1", "1.10.0", "3.1.1", "sdk-trace"),
    },
    env: () => ({}),
    spans: ({ spans = [] }) => spans,
  },
  {
    name: "dd-trace",
    program: "datadog.mjs",
    packages: { 20: ["dd-trace@5.132.0"], 24: ["dd-trace@6.21.0"] },
    env: (url) => ({
      DD_TRACE_AGENT_URL: url,
      DD_INSTRUMENTATION_TELEMETRY_ENABLED: "false",
      DD_REMOTE_CONFIGURATION_ENABLED: "false",
    }),
    spans: (_result, received) => received.filter(({ url }) => url.endsWith("/traces")).flatMap(datadogSpans),
  },
  {
    name: "Elastic APM",
    program: "elastic.mjs",
    packages: { 20: ["elastic-apm-node@4.18.0"], 24: ["elastic-apm-node@4.18.0"] },
    env: (url) => ({ ELASTIC_APM_SERVER_URL: url }),
    spans: (_result, received) => received.flatMap(elasticSpans),
  },
  {
    name: "New Relic",
    program: "newrelic.mjs",
    packages: { 20: ["newrelic@13.20.0"], 24: ["newrelic@14.5.1"] },
    env: () => ({
      NEW_RELIC_LICENSE_KEY: "0".repeat(40),
      NEW_RELIC_APP_NAME: "traced",
      // Nothing listens there: the program reads the agent's own events.
      NEW_RELIC_HOST: "127.0.0.1",
      NEW_RELIC_PORT: "1",
      NEW_RELIC_FEATURE_FLAG_KAFKAJS_INSTRUMENTATION: "true",
      NEW_RELIC_LOG_ENABLED: "false",
      NEW_RELIC_NO_CONFIG_FILE: "true",
    }),
    // Segments of connections: they belong to whatever needed the connection first.
    spans: ({ spans = [] }) =>
      spans
        .filter(({ name }) => !name.startsWith("net."))
        .map((span) => ({
          ...span,
          name: span.name.replace(/^(OtherTransaction|MessageBroker)\/(Nodejs\/|Message\/)?/, ""),
        })),
  },
];

interface DatadogSpan {
  readonly span_id: string | number;
  readonly parent_id: string | number;
  readonly name: string;
  readonly resource: string;
  readonly error: number;
  readonly type?: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
}

function datadogSpans({ body }: Received): readonly Span[] {
  const traces = decodeMessagePack(body) as readonly (readonly DatadogSpan[])[];
  return traces
    .flat()
    .filter(({ name }) => !/^(tcp|dns)\./.test(name))
    .map(({ span_id, parent_id, name, resource, error, type, meta, metrics }) => ({
      id: String(span_id),
      name: name === resource ? name : `${name} ${resource}`,
      parent: Number(parent_id) === 0 ? undefined : String(parent_id),
      // The ids of links are hexadecimal.
      links: (JSON.parse(meta["_dd.span_links"] ?? "[]") as readonly { readonly span_id: string }[]).map((link) =>
        String(BigInt(`0x${link.span_id}`)),
      ),
      attributes: { ...meta, ...metrics },
      error,
      type,
    }));
}

interface ElasticSpan {
  readonly id: string;
  readonly name: string;
  readonly parent_id?: string;
  readonly type: string;
  readonly outcome: string;
  readonly result?: string;
  readonly action?: string;
  readonly links?: readonly { readonly span_id: string }[];
  readonly context: {
    readonly message?: { readonly headers?: Readonly<Record<string, string>>; readonly [key: string]: unknown };
  };
}

function elasticSpans({ body }: Received): readonly Span[] {
  const lines = body
    .toString()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { readonly transaction?: ElasticSpan; readonly span?: ElasticSpan });
  return lines.flatMap(({ transaction, span }) => {
    const found = transaction ?? span;
    if (found === undefined) return [];
    const { id, name, parent_id, links = [], type, outcome, result, action, context } = found;
    const { headers, age: _age, ...message } = context.message ?? {};
    return [
      {
        ...{ id, name, parent: parent_id, links: links.map(({ span_id }) => span_id) },
        attributes: {
          ...message,
          headers: Object.keys(headers ?? {})
            .sort()
            .join(),
        },
        ...{ kind: transaction === undefined ? "span" : "transaction", type, outcome, result, action },
      },
    ];
  });
}
