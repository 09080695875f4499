import { lookup } from "node:dns/promises";
import { loginOf } from "../cluster/lazy-login.ts";
import { connectorTo } from "../cluster/lazy-map-broker.ts";
import type { BrokerAddress } from "../cluster/bootstrap.ts";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Authenticator } from "../network/authenticator.ts";
import type { Connection } from "../network/connection.ts";
import { openConnection } from "../network/open-connection.ts";
import type { Session } from "../network/connection-state.ts";
import { HandshakeVersion } from "../network/handshake-version.ts";
import { parseProxy } from "../platform/node/proxy/proxy-address.ts";
import { nodePlatform } from "../platform/node/platform.ts";
import type { ByteSink, Connector } from "../runtime/byte-stream.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import { DeadlineWheel } from "../runtime/deadline-wheel.ts";
import { TaskGroup } from "../runtime/task-group.ts";
import { checkTlsSupport } from "../security/tls-options.ts";
import type { ClientProperties } from "../properties/connection-properties.ts";
import { chooseConnector } from "../runtime/choose-connector.ts";
import type { PingSteps } from "./ping-steps.ts";
import type { Reach } from "./reach-options.ts";

/** Opens the connections of `odradek ping`, step by step. */
export interface Pinger {
  /** Warnings about the options. */
  readonly warnings: readonly string[];
  /** Opens a connection, and reports each step of that. Rejects if one fails. */
  open(address: BrokerAddress, steps: PingSteps): Promise<Connection>;
  /** Opens a connection within one step. */
  connect(address: BrokerAddress): Promise<Connection>;
  close(): Promise<void>;
}

/** The largest response: metadata without topics is small. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** Throws kind `config` or `unsupported` if the options are wrong. */
export async function createPinger(
  options: ClientProperties,
  timeoutMs: number,
  { proxy, mapBroker }: Reach = {},
): Promise<Pinger> {
  const platform = nodePlatform();
  const { runtime, clock, entropy } = platform;
  const connector = chooseConnector("odradek ping", proxy === undefined ? {} : { proxy }, platform);
  const { tls, sasl, clientId = "odradek-ping" } = options;
  checkTlsSupport(tls, connector);
  const host = { runtime, clock, entropy };
  const login = sasl === undefined ? undefined : loginOf(sasl, host, platform, tls !== undefined);
  // Wrong options are found before the first step.
  const authenticator = await login?.login();
  const tasks = new TaskGroup(runtime);
  const deadlines = new DeadlineWheel({ runtime, clock });
  const connect = (
    broker: BrokerAddress,
    way: Connector = connectorTo(broker, { connector, runtime, ...(mapBroker === undefined ? {} : { mapBroker }) }),
    authenticate: Authenticator | undefined = authenticator,
  ): Promise<Connection> =>
    openConnection({
      ...{ host: broker.host, port: broker.port, runtime, clock, deadlines, tasks, clientId, connector: way },
      ...{ requestTimeoutMs: timeoutMs, setupTimeoutMs: timeoutMs, maxIdleMs: 600_000, maxFrameBytes: MAX_FRAME_BYTES },
      handshakeVersion: new HandshakeVersion(),
      ...(tls === undefined ? {} : { tls }),
      ...(authenticate === undefined ? {} : { login: () => Promise.resolve(authenticate) }),
    });
  return {
    warnings: login?.warnings ?? [],
    open: async (address, steps) => {
      await reach(address, steps, connector, timeoutMs, proxy);
      const watched = watch(steps, { connector, authenticator, mechanism: nameOf(options) });
      const connection = await connect(address, watched.connector, watched.authenticator);
      watched.opened(connection);
      return connection;
    },
    connect: (address) => connect(address),
    close: () => {
      deadlines.close();
      return tasks.close();
    },
  };
}

function nameOf({ sasl }: ClientProperties): string {
  return typeof sasl?.mechanism === "string" ? sasl.mechanism : "";
}

/**
 * The name and TCP, each alone, so that its time and its error are its own. A proxy resolves the name itself, so it is
 * one step.
 */
async function reach(
  { host, port }: BrokerAddress,
  steps: PingSteps,
  connector: Connector,
  timeoutMs: number,
  proxy: string | undefined,
): Promise<void> {
  steps.begin(proxy === undefined ? "name" : "proxy");
  const found = proxy === undefined ? await lookup(host, { all: true }).catch(() => []) : [];
  // The connector has the words for a name that has no address.
  if (found.length > 0) steps.done(`${host}: ${found.map(({ address }) => address).join(", ")}`);
  const limit = new Cancellation();
  const timer = setTimeout(
    () =>
      limit.cancel(
        new KafkaError(
          "timeout",
          `no TCP connection to ${host}:${port} within ${timeoutMs} ms; is the address right, and is a firewall in ` +
            "between?",
        ),
      ),
    timeoutMs,
  );
  try {
    if (found.length > 0) steps.begin("TCP");
    const stream = await connector.connect({ host, port }, IGNORE, { signal: limit });
    stream.close();
    steps.done(`${host}:${port}${proxy === undefined ? "" : ` through ${parseProxy(proxy).toString()}`}`);
  } finally {
    clearTimeout(timer);
  }
}

/** Discards what the other end sends. */
const IGNORE: ByteSink = { buffer: () => new Uint8Array(64), filled: () => true, closed: () => undefined };

interface Watched {
  readonly connector: Connector;
  readonly authenticator: Authenticator | undefined;
  opened(connection: Connection): void;
}

/** Reports the steps of a connection that is being opened: TLS, ApiVersions, SASL. */
function watch(
  steps: PingSteps,
  {
    connector,
    authenticator,
    mechanism,
  }: Pick<Watched, "connector" | "authenticator"> & { readonly mechanism: string },
): Watched {
  // A broker that closes the connection at ApiVersions is asked in a lower version, on another connection.
  let isConnected = false;
  let session: Session | undefined;
  let versions = 0;
  const negotiated = (): void => steps.done(versions === 0 ? "answered" : `${versions} APIs`);
  return {
    connector: {
      ...connector,
      connect: async (target, sink, options) => {
        if (!isConnected && target.tls !== undefined) steps.begin("TLS");
        const stream = await connector.connect(target, sink, options);
        if (!isConnected) {
          if (target.tls !== undefined) steps.done("the broker's certificate is accepted");
          steps.begin("ApiVersions");
        }
        isConnected = true;
        return stream;
      },
    },
    authenticator: authenticator && {
      sessions: (host) => {
        const sessions = authenticator.sessions({
          ...host,
          to: (event) => {
            if (event.name === "authenticated") session = event.session;
            host.to(event);
          },
        });
        return {
          first: (signal) => {
            versions = host.brokerVersions().size;
            negotiated();
            steps.begin("SASL");
            return sessions.first(signal);
          },
          renew: (signal) => sessions.renew(signal),
          closed: (error) => sessions.closed(error),
        };
      },
    },
    opened: (connection) => {
      if (authenticator === undefined) {
        versions = connection.brokerVersions.size;
        negotiated();
      } else steps.done(`${mechanism}${lifeOf(session)}`);
    },
  };
}

function lifeOf(session: Session | undefined): string {
  if (session === undefined || session.endsAtMs === Number.POSITIVE_INFINITY) return ", a session without an end";
  return `, a session of ${Math.round((session.endsAtMs - performance.now()) / 1000)} s`;
}
