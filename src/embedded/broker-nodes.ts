import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";
import type { ListeningSocket } from "../runtime/byte-stream.ts";
import type { Broker } from "./broker.ts";
import type { BrokerInfo } from "./state/broker-info.ts";

/** A broker with its address. */
export interface BrokerNode {
  readonly broker: Broker;
  /** Where it listens. A port that is 0 is chosen by the host at the first start. */
  listens: { readonly host: string; readonly port: number };
  /** The address that clients get. */
  info: BrokerInfo;
  /** Whether the controller knows the broker: not after UnregisterBroker, until it is started again. */
  isRegistered: boolean;
  /** Undefined while the broker is stopped. */
  socket: ListeningSocket | undefined;
}

/** The brokers of a cluster by node id, also those that are stopped. */
export class BrokerNodes {
  readonly #byId = new Map<number, BrokerNode>();

  get all(): Iterable<BrokerNode> {
    return this.#byId.values();
  }

  get ids(): readonly number[] {
    return [...this.#byId.keys()];
  }

  /** The brokers that are up. */
  get up(): readonly BrokerInfo[] {
    return [...this.#byId.values()]
      .filter(({ socket, isRegistered }) => socket !== undefined && isRegistered)
      .map(({ info }) => info);
  }

  /** The brokers that the controller knows, also those that are stopped. */
  get registered(): readonly BrokerInfo[] {
    return [...this.#byId.values()].filter(({ isRegistered }) => isRegistered).map(({ info }) => info);
  }

  /** A broker that the controller knows. */
  findRegistered(nodeId: number): BrokerNode | undefined {
    const node = this.#byId.get(nodeId);
    return node?.isRegistered === true ? node : undefined;
  }

  get connectionCount(): number {
    return [...this.#byId.values()].reduce((sum, { broker }) => sum + broker.connectionCount, 0);
  }

  /** `host:port` of every broker, separated by commas. */
  get bootstrapServers(): string {
    return [...this.#byId.values()]
      .map(({ info: { host, port } }) => (host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`))
      .join(",");
  }

  /** Throws kind `config`, with the call's name, if the broker does not exist. */
  of(call: string, nodeId: number): BrokerNode {
    const node = this.#byId.get(nodeId);
    if (node === undefined)
      throw new KafkaError(
        "config",
        `${call}: there is no broker ${inWords(nodeId)}; the brokers are ${this.ids.join(", ")}`,
      );
    return node;
  }

  add(node: BrokerNode): void {
    this.#byId.set(node.info.nodeId, node);
  }

  delete(nodeId: number): void {
    this.#byId.delete(nodeId);
  }
}
