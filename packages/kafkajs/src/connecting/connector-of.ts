import type { Connector } from "odradek";
import type { Host } from "../host.ts";
import type { KafkaConfig } from "./kafka-config.ts";
import { type SocketFactory, socketConnector } from "./socket-connector.ts";
import { onlyNodeKnows } from "./tls-options.ts";

/** How connections are opened. */
export interface Opening {
  readonly connector: Connector;
  /** Whether Odradek does TLS. Otherwise the connector does, by the option `ssl`. */
  readonly hasTls: boolean;
}

/**
 * The connector of a `Kafka`: the host's; or one of the option `socketFactory`; or, if `ssl` has options that only Node
 * knows, one of Node's own `tls.connect`.
 */
export function connectorOf({ socketFactory, ssl }: KafkaConfig, host: Host): Opening {
  const factory =
    (socketFactory as SocketFactory | null | undefined) ??
    (onlyNodeKnows(ssl).length > 0 ? host.socketFactory : undefined);
  if (factory === undefined) return { connector: host.connector, hasTls: true };
  return { connector: socketConnector(host, factory, ssl), hasTls: false };
}
