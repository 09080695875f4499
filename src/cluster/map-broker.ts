import { detailsOf, KafkaError } from "../errors/kafka-error.ts";
import { reading } from "../errors/shape.ts";
import { inWords } from "../errors/words.ts";
import type { AbortSignalLike } from "../runtime/cancellation.ts";
import type { ByteSink, ByteStream, Connector, ConnectTarget } from "../runtime/byte-stream.ts";
import type { TlsOptions } from "../runtime/tls-options.ts";
import type { AnnouncedBroker, MapBroker, ReachableAddress } from "./announced-broker.ts";

/** A broker, and how to reach it. */
export interface MappedBroker {
  readonly mapBroker: MapBroker;
  readonly broker: AnnouncedBroker;
  readonly connector: Connector;
}

/**
 * Connects to the address that `mapBroker` returns for a broker. It is called for each connection, because a tunnel may
 * have another port after it was opened again. TLS still checks the broker's own name. Rejects with kind `config` if
 * `mapBroker` throws or returns no address.
 */
export async function connectMapped(
  { mapBroker, broker, connector }: MappedBroker,
  target: ConnectTarget,
  sink: ByteSink,
  limits: { readonly signal?: AbortSignalLike },
): Promise<ByteStream> {
  const { host, port } = mappedAddress(mapBroker, broker);
  const { tls } = target;
  const mapped = { host, port, ...(tls === undefined ? {} : { tls: withBrokersName(tls, broker) }) };
  try {
    return await connector.connect(mapped, sink, limits);
  } catch (error) {
    // The signal's own error names the broker already, and so does one of a broker that is reached directly.
    const isDirect = host === broker.host && port === broker.port;
    if (!KafkaError.is(error) || isDirect || error === limits.signal?.reason) throw error;
    const why = `${error.message}; this is the address that mapBroker returned for ${nameOf(broker)}`;
    throw new KafkaError(error.kind, why, { ...detailsOf(error), address: `${broker.host}:${broker.port}` });
  }
}

/** Calls `mapBroker`. Throws kind `config` that says what is wrong with its result. */
export function mappedAddress(mapBroker: MapBroker, broker: AnnouncedBroker): ReachableAddress {
  let result: unknown;
  try {
    result = mapBroker({ ...broker });
  } catch (error) {
    if (KafkaError.is(error)) throw error;
    throw refused(broker, `it threw ${KafkaError.from(error).message}`, error);
  }
  if (isPromise(result)) {
    result.then(undefined, () => undefined); // its own error would end the process
    throw refused(
      broker,
      "it returned a promise, and the address must be returned itself: look it up before you create the Kafka",
    );
  }
  if (typeof result !== "object" || result === null)
    throw refused(
      broker,
      `it returned ${inWords(result)} instead of { host, port }; return its argument for a broker that is reached ` +
        "directly",
    );
  const { host, port } = reading("the result of mapBroker", () => {
    const { host: name, port: number } = result as Readonly<Record<string, unknown>>;
    return { host: name, port: number };
  });
  const wrongHost = whyNoHost(host);
  if (wrongHost !== undefined) throw refused(broker, `it returned the host ${inWords(host)}, ${wrongHost}`);
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535)
    throw refused(broker, `it returned the port ${inWords(port)}, which is no whole number from 1 to 65535`);
  return { host: host as string, port: port as number };
}

function whyNoHost(host: unknown): string | undefined {
  if (typeof host !== "string" || host === "") return "which is no name and no IP address";
  if (host.startsWith("[")) return "and an IPv6 address has no brackets here";
  if (/^[^:]*:\d*$/.test(host)) return "and the port belongs into port";

  return /[\s/@\u0000-\u001f\u007f]/.test(host) ? "which is no name and no IP address" : undefined;
}

/** The options of TLS with the name under which the broker is known in its cluster, unless the user chose one. */
function withBrokersName(tls: TlsOptions, { host, port }: AnnouncedBroker): TlsOptions {
  const { servername } = tls;
  if (typeof servername === "string") return tls;
  return { ...tls, servername: servername === undefined ? host : () => servername(host, port) };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" && value !== null && typeof (value as { readonly then?: unknown }).then === "function"
  );
}

function nameOf({ nodeId, host, port }: AnnouncedBroker): string {
  return `broker ${nodeId} (${host}:${port})`;
}

function refused(broker: AnnouncedBroker, why: string, cause?: unknown): KafkaError {
  return new KafkaError("config", `cannot connect to ${nameOf(broker)}: the option mapBroker failed: ${why}`, {
    address: `${broker.host}:${broker.port}`,
    outcome: "notWritten",
    ...(cause === undefined ? {} : { cause }),
  });
}
