import type { EmbeddedClusterOptions } from "../../embedded/embedded-cluster.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import type { KafkaBaseOptions } from "../../index.ts";
import type { FaultKind } from "../../simulation/fault-kinds.ts";
import { Random } from "../../simulation/random.ts";
import type { SimulatedNode } from "../../simulation/simulated-node.ts";
import type { World } from "../../simulation/world.ts";

/** How the clients of a workload log in, drawn from the seed. */
export interface LoginKnobs {
  readonly mechanism: "PLAIN" | "OAUTHBEARER";
  /** The longest session, in ms. */
  readonly sessionLifetimeMs: number;
  /** How long a token is valid, in ms. */
  readonly tokenLifeMs: number;
  /** The longest time that a client waits for its credentials, in ms. */
  readonly credentialDelayMs: number;
  /** Whether one of eight requests for a token fails. */
  readonly isFlaky: boolean;
  /** When each client gets another user, in ms; 0: never. A connection cannot change its user. */
  readonly otherUserMs: number;
}

/** The kinds of fault that strike logins. */
export const LOGIN_FAULTS: readonly FaultKind[] = ["refused-user", "refused-login", "slow-login"];

/** One of this number of seeds has logins. */
const ONE_OF = 4;
const USERS = ["user-0", "user-1"] as const;
const PASSWORD = "secret";

/** Draws the logins of a seed; undefined for a cluster without SASL. */
export function drawLogins(seed: number): LoginKnobs | undefined {
  const random = Random.keyed(seed, "knobs/logins");
  if (random.below(ONE_OF) !== 0) return undefined;
  const mechanism = random.below(2) === 0 ? "PLAIN" : "OAUTHBEARER";
  return {
    mechanism,
    sessionLifetimeMs: random.between(2000, 6000),
    tokenLifeMs: random.between(5000, 15_000),
    credentialDelayMs: random.below(3) === 0 ? 300 : 0,
    isFlaky: mechanism === "OAUTHBEARER" && random.below(3) === 0,
    otherUserMs: random.below(4) === 0 ? random.between(5000, 15_000) : 0,
  };
}

/** The users and tokens of a workload: those of its cluster, and those of its clients. */
export class WorkloadLogins {
  readonly #knobs: LoginKnobs;
  /** The ends of the tokens, by the cluster's clock, and their users. */
  readonly #tokens = new Map<string, { readonly user: string; readonly endMs: number }>();

  constructor(knobs: LoginKnobs) {
    this.#knobs = knobs;
  }

  /** The options of the cluster. */
  get clusterOptions(): Pick<EmbeddedClusterOptions, "users" | "sasl"> {
    const { mechanism, sessionLifetimeMs } = this.#knobs;
    if (mechanism === "PLAIN")
      return {
        users: Object.fromEntries(USERS.map((user) => [user, { password: PASSWORD }])),
        sasl: { mechanisms: [mechanism], sessionLifetimeMs },
      };
    return {
      sasl: {
        mechanisms: [mechanism],
        sessionLifetimeMs,
        validateToken: ({ value, nowMs }) => {
          const token = this.#tokens.get(value);
          return token === undefined || token.endMs <= nowMs ? { status: "invalid_token" } : token;
        },
      },
    };
  }

  /** The options of the client on a node. */
  clientOptions(world: World, node: SimulatedNode): Pick<KafkaBaseOptions, "sasl"> {
    const { mechanism, otherUserMs, tokenLifeMs, isFlaky } = this.#knobs;
    const random = Random.keyed(world.seed, `logins/${node.name}`);
    const user = (): string => (otherUserMs > 0 && world.nowMs >= otherUserMs ? USERS[1] : USERS[0]);
    if (mechanism === "PLAIN")
      return {
        sasl: {
          mechanism,
          username: async () => {
            await this.#wait(node, random);
            return user();
          },
          password: PASSWORD,
        },
      };
    return {
      sasl: {
        mechanism,
        token: async ({ nowMs }) => {
          await this.#wait(node, random);
          if (isFlaky && random.below(8) === 0)
            throw new KafkaError("connection", "the issuer of tokens does not respond", { retriable: true });
          const value = `token-${this.#tokens.size}`;
          this.#tokens.set(value, { user: user(), endMs: world.runtime.clock.now() + tokenLifeMs });
          // By the node's clock, which may be wrong: a token of its issuer would be of no use to it.
          return { value, principal: user(), expiresAtMs: nowMs + tokenLifeMs };
        },
      },
    };
  }

  async #wait(node: SimulatedNode, random: Random): Promise<void> {
    const { credentialDelayMs } = this.#knobs;
    if (credentialDelayMs > 0) await node.sleep(random.between(1, credentialDelayMs));
  }
}
