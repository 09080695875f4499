import { lateCode } from "../errors/late-code.ts";
import type { Connector } from "../runtime/byte-stream.ts";
import type { Host } from "../runtime/host.ts";
import { raced } from "../runtime/raced.ts";
import type { BrokerAddress } from "./bootstrap.ts";
import type { MapBroker } from "./announced-broker.ts";
import type * as Loaded from "./map-broker.ts";

/** The parts of a cluster's options that decide how a broker is reached. */
export interface WayOptions extends Pick<Host, "runtime"> {
  readonly connector: Connector;
  readonly mapBroker?: MapBroker;
}

/**
 * The connector for a broker: with `mapBroker` one that connects to another address. Servers that the user named have
 * no node id and are not mapped. The code is loaded late, because few programs need it.
 */
export function connectorTo({ nodeId, host, port }: BrokerAddress, options: WayOptions): Connector {
  const { connector, mapBroker } = options;
  if (mapBroker === undefined || nodeId === undefined) return connector;
  return {
    connect: async (target, sink, limits) => {
      const code = loadMapping();
      const { connectMapped } = await (limits.signal === undefined ? code : raced(options, code, limits.signal));
      return connectMapped({ mapBroker, broker: { nodeId, host, port }, connector }, target, sink, limits);
    },
  };
}

/** Loads the code of `mapBroker`. */
export function loadMapping(): Promise<Pick<typeof Loaded, "connectMapped">> {
  return lateCode(import("./map-broker.ts"), "mapBroker");
}
