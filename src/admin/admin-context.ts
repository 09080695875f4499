import type { ClusterClient } from "../cluster/cluster-client.ts";
import { Coordinators } from "../cluster/coordinators.ts";
import type { Connection } from "../network/connection.ts";
import { CreatedTokens } from "./security/created-tokens.ts";
import { CreatedTopics } from "./topics/created-topics.ts";

/** The state that the calls of one admin share. */
export class AdminContext {
  readonly client: ClusterClient;
  readonly coordinators: Coordinators;
  readonly createdTopics: CreatedTopics = new CreatedTopics();
  readonly createdTokens: CreatedTokens = new CreatedTokens();

  constructor(client: ClusterClient) {
    this.client = client;
    this.coordinators = new Coordinators(client);
  }

  /** The node id of the broker at the other end; undefined while metadata does not name its address. */
  nodeIdOf({ address }: Pick<Connection, "address">): number | undefined {
    const { brokers } = this.client.snapshot;
    return [...brokers].find(([, { host, port }]) => `${host}:${port}` === address)?.[0];
  }
}
