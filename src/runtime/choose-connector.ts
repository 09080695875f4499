import { KafkaError } from "../errors/kafka-error.ts";
import type { Connector } from "./byte-stream.ts";
import type { Platform } from "./platform.ts";

/** The options of `what` that decide how its brokers are reached. */
interface ConnectorChoice {
  readonly connector?: Connector;
  readonly cluster?: { readonly connector?: Connector | undefined };
  readonly proxy?: string;
}

/**
 * The user's connector, else the cluster's, else the platform's; with `proxy`, one that connects through that proxy.
 * Throws kind `config` if there is none, and `unsupported` if it cannot use a proxy.
 */
export function chooseConnector(
  what: string,
  { connector, cluster, proxy }: ConnectorChoice,
  platform: Pick<Platform, "connector">,
): Connector {
  const chosen = connector ?? cluster?.connector ?? platform.connector;
  if (chosen === undefined)
    throw new KafkaError(
      "config",
      `${what} needs a connector: this platform cannot open connections. Pass \`connector\` ` +
        "(docs/platforms.md), in a page webSocketConnector(url) (docs/browser.md), or an embedded cluster as `cluster`",
    );
  if (proxy === undefined) return chosen;
  if (chosen.through === undefined)
    throw new KafkaError(
      "unsupported",
      `${what}: this connector cannot connect through a proxy: leave out \`proxy\`, or pass a connector with through()`,
    );
  return chosen.through(proxy);
}
