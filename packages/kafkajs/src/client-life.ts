import type { AnyKafka } from "odradek";
import type { Cluster } from "./connecting/cluster.ts";
import { ClientEvents } from "./events/client-events.ts";
import type { ClientKind } from "./events/event-names.ts";
import { networkEvents } from "./events/network-events.ts";
import type { Logger } from "./logging/logger.ts";

/** Whether a client is connected. */
export type ConnectionStatus = "connected" | "connecting" | "disconnecting" | "disconnected";

/** The parts that producers, consumers and admins share: connecting, events, a logger. */
export class ClientLife<K extends ClientKind> {
  /** Whether the client is connected. A failed `connect` leaves it as it was. */
  status: ConnectionStatus = "disconnected";
  readonly cluster: Cluster;
  readonly events: ClientEvents<K>;
  readonly logger: Logger;

  constructor(kind: K, cluster: Cluster, logger: Logger) {
    this.cluster = cluster;
    this.logger = logger;
    this.events = new ClientEvents(kind, cluster.host, logger);
    networkEvents(this.events, cluster);
  }

  /** Connects, then emits CONNECT. Possible again after {@link disconnect}. Rejects with kafkajs's errors. */
  async connect(): Promise<AnyKafka> {
    const before = this.status;
    this.status = "connecting";
    try {
      const kafka = await this.cluster.connect();
      this.status = "connected";
      this.events.emit("CONNECT");
      return kafka;
    } catch (error) {
      this.status = before;
      throw error;
    }
  }

  /** Calls `before`, closes everything, then emits DISCONNECT. It may be called twice. */
  async disconnect(before: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.status = "disconnecting";
    try {
      await before();
    } finally {
      await this.cluster.disconnect();
      this.status = "disconnected";
    }
    this.events.emit("DISCONNECT");
  }
}
