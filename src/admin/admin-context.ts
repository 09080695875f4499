import type { ClusterClient } from "../cluster/cluster-client.ts";
import { Coordinators } from "../cluster/coordinators.ts";
import { CreatedTokens } from "./security/created-tokens.ts";
import { CreatedTopics } from "./topics/created-topics.ts";

/** What the calls of one admin share. */
export class AdminContext {
  readonly client: ClusterClient;
  readonly coordinators: Coordinators;
  readonly createdTopics: CreatedTopics = new CreatedTopics();
  readonly createdTokens: CreatedTokens = new CreatedTokens();

  constructor(client: ClusterClient) {
    this.client = client;
    this.coordinators = new Coordinators(client);
  }
}
