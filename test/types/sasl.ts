// Type tests of the option `sasl`. Each @ts-expect-error is a negative case: if it compiles, this file does not.
import {
  awsMsk,
  azureManagedIdentity,
  gcpMetadata,
  Kafka,
  type SaslMechanism,
  type SaslOptions,
  type TokenProvider,
} from "../../src/node.ts";

const use = (..._: readonly unknown[]): void => undefined;
const bootstrapServers = "localhost:9092";

const provider: TokenProvider = ({ nowMs }) => ({ value: "token", expiresAtMs: nowMs + 60_000 });
const own: SaslMechanism = {
  name: "GSSAPI",
  exchange: ({ host }) => ({
    principal: undefined,
    begin: () => Promise.resolve(new Uint8Array(host.length)),
    next: () => ({ kind: "done" }),
  }),
};

const all: readonly SaslOptions[] = [
  { mechanism: "PLAIN", username: "alice", password: () => Promise.resolve("secret") },
  { mechanism: "SCRAM-SHA-512", username: () => "alice", password: "secret", tokenAuth: true },
  { mechanism: "OAUTHBEARER", token: provider, loginRefreshWindowFactor: 0.7 },
  { mechanism: "OAUTHBEARER", token: awsMsk({ region: "eu-west-1" }) },
  { mechanism: "OAUTHBEARER", token: azureManagedIdentity({ resource: "https://n.servicebus.windows.net" }) },
  { mechanism: "OAUTHBEARER", token: gcpMetadata() },
  { mechanism: "OAUTHBEARER", oidc: { tokenEndpointUrl: "https://idp/token", clientId: "id", clientSecret: "secret" } },
  { mechanism: "AWS_MSK_IAM" },
  { mechanism: own },
];
for (const sasl of all) use(new Kafka({ bootstrapServers, sasl }));

// @ts-expect-error no password
use(new Kafka({ bootstrapServers, sasl: { mechanism: "PLAIN", username: "alice" } }));
// @ts-expect-error the names are Java's
use(new Kafka({ bootstrapServers, sasl: { mechanism: "plain", username: "alice", password: "secret" } }));
// @ts-expect-error PLAIN has no delegation tokens
use(new Kafka({ bootstrapServers, sasl: { mechanism: "PLAIN", username: "a", password: "b", tokenAuth: true } }));
// @ts-expect-error a token function, or an endpoint
use(new Kafka({ bootstrapServers, sasl: { mechanism: "OAUTHBEARER" } }));
const oidc = { tokenEndpointUrl: "https://idp/token", clientId: "id", clientSecret: "secret" };
// @ts-expect-error a token function and an endpoint
use(new Kafka({ bootstrapServers, sasl: { mechanism: "OAUTHBEARER", token: provider, oidc } }));
// @ts-expect-error a token is not a password
use(new Kafka({ bootstrapServers, sasl: { mechanism: "OAUTHBEARER", username: "alice", password: "secret" } }));
