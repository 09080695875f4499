import type { AnnouncedBroker, MapBroker } from "../cluster/announced-broker.ts";
import { type BrokerAddress, parseBootstrapServers } from "../cluster/bootstrap.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { OptionSpecs, OptionValues } from "./arguments.ts";

/** How a command reaches the brokers, as the options of a `Kafka`. */
export interface Reach {
  /** The proxy for all connections; undefined: none. */
  readonly proxy?: string;
  /** The address of each broker; undefined: the one that it advertises. */
  readonly mapBroker?: MapBroker;
}

/** The options of a command that connects to brokers, beside the bootstrap server. */
export const REACH_OPTIONS: OptionSpecs = {
  proxy: {
    type: "string",
    value: "URL",
    about: "opens all connections through a proxy: socks5://, http:// or https://, as the option proxy of Kafka",
  },
  "map-broker": {
    type: "string",
    value: "BROKER=HOST:PORT",
    about: "reaches a broker at this address; BROKER is its id or its advertised HOST:PORT; repeatable",
    isList: true,
  },
};

/** Reads these options. Throws kind `config` for an entry of `--map-broker` that is wrong; `proxy` is not checked. */
export function reachOf(options: OptionValues): Reach {
  const { proxy, "map-broker": entries } = options;
  return {
    ...(typeof proxy === "string" ? { proxy } : {}),
    ...(Array.isArray(entries) ? { mapBroker: mappingOf(entries as readonly string[]) } : {}),
  };
}

/** A broker that no entry names is reached at its own address. */
function mappingOf(entries: readonly string[]): MapBroker {
  const mapped = new Map<string, BrokerAddress>();
  for (const entry of entries) {
    const [, broker = "", address = ""] = /^([^=]+)=([^=]+)$/.exec(entry) ?? [];
    if (broker === "") throw wrong(`has "${entry}"`);
    const key = /^\d+$/.test(broker) ? String(Number(broker)) : keyOf(addressOf(broker));
    if (mapped.has(key)) throw wrong(`names the broker ${broker} twice`);
    mapped.set(key, addressOf(address));
  }
  return (broker: AnnouncedBroker) => mapped.get(String(broker.nodeId)) ?? mapped.get(keyOf(broker)) ?? broker;
}

function addressOf(text: string): BrokerAddress {
  const [address, ...more] = parseBootstrapServers(text, "--map-broker");
  if (address === undefined || more.length > 0) throw wrong(`has "${text}", which is more than one address`);
  return address;
}

function keyOf({ host, port }: BrokerAddress): string {
  return `${host}:${port}`;
}

function wrong(what: string): KafkaError {
  return new KafkaError(
    "config",
    `--map-broker ${what}; it takes BROKER=HOST:PORT, for example 1=localhost:19092 or kafka-1:9092=localhost:19092`,
  );
}
