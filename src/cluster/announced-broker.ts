/** A broker, with the address that it announces to clients: `advertised.listeners` of its configuration. */
export interface AnnouncedBroker {
  /** The broker's id. Java: `node.id`. */
  readonly nodeId: number;
  /** The announced name or IP address, without brackets. */
  readonly host: string;
  /** The announced port. */
  readonly port: number;
}

/** The address under which a broker can be reached from here. */
export interface ReachableAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** The port, from 1 to 65535. */
  readonly port: number;
}

/** The option `mapBroker`: returns the address to connect to, or its argument for a broker that is reached directly. */
export type MapBroker = (broker: AnnouncedBroker) => ReachableAddress;
