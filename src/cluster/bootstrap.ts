import { KafkaError } from "../errors/kafka-error.ts";
import { is } from "../errors/shape.ts";

/** The address of one broker. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  /** The broker that should be at this address; undefined if any may be, as at a bootstrap server. */
  readonly nodeId?: number;
}

/** Addresses as text: `host:port`, several with commas between, or a list. */
export type ServerList = string | readonly string[];

/** The option `bootstrapServers`: addresses, or a function that returns them or a promise of them. */
export type BootstrapServers = ServerList | (() => ServerList | PromiseLike<ServerList>);

const SERVERS = is('"host:port", several with commas between, or a list of them', (value) =>
  (Array.isArray(value) ? value : [value]).every((one) => typeof one === "string"),
);

/**
 * Parses `bootstrapServers`, or another `option` like it: `host:port`, separated by commas, IPv6 in brackets. Throws
 * kind `config` that names the wrong entry.
 */
export function parseBootstrapServers(servers: ServerList, option = "bootstrapServers"): readonly BrokerAddress[] {
  SERVERS(servers, option);
  const entries = (typeof servers === "string" ? servers.split(",") : servers)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  if (entries.length === 0)
    throw new KafkaError("config", `${option} is empty; it takes "host:port", several with commas between`);
  return entries.map((entry) => parseAddress(entry, option));
}

/** Calls a user's function for addresses. Rejects with an error that is retried as any failure to connect. */
export async function askBootstrapServers(
  ask: () => ServerList | PromiseLike<ServerList>,
  option: string,
): Promise<readonly BrokerAddress[]> {
  try {
    return parseBootstrapServers(await ask(), `the result of ${option}()`);
  } catch (error) {
    const cause = KafkaError.from(error);
    throw new KafkaError(
      "connection",
      `cannot find a broker: ${cause.kind === "config" ? "" : `${option}() failed: `}${cause.message}`,
      { retriable: true, outcome: "notWritten", cause: cause.kind === "internal" ? cause.cause : cause },
    );
  }
}

function parseAddress(entry: string, option: string): BrokerAddress {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(entry) ?? [];
  const host = bracketed ?? plain;
  const number = Number(port);
  if (host === undefined || number < 1 || number > 65_535)
    throw new KafkaError(
      "config",
      `${option} has "${entry}", which is no host:port (for example "localhost:9092", or "[::1]:9092" for IPv6)`,
    );
  return { host, port: number };
}
