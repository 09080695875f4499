import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { KafkaError } from "../errors/kafka-error.ts";
import { createTunnel } from "../platform/node/tunnel/tunnel.ts";
import { checkTlsValues } from "../runtime/tls-check.ts";
import { MAX_WINDOW_BYTES, MESSAGE_BYTES } from "../tunnel/window-limits.ts";
import { helpText, type OptionSpecs, type OptionValues, readOptions } from "./arguments.ts";
import { untilStopped } from "./until-stopped.ts";

const OPTIONS: OptionSpecs = {
  listen: {
    type: "string",
    value: "HOST:PORT",
    about: "the address to listen on; port 0 for a free one",
    default: "127.0.0.1:8080",
  },
  allow: {
    type: "string",
    value: "HOST:PORT,…",
    about: "the brokers that pages may reach, as they advertise themselves; repeatable",
    isList: true,
  },
  origin: {
    type: "string",
    value: "ORIGIN",
    about: 'the origin of pages that may connect, "*" for all; repeatable (default pages of this machine)',
    isList: true,
  },
  "token-file": {
    type: "string",
    value: "FILE",
    about: "the file with the secret that pages must send (default none)",
  },
  ca: { type: "string", value: "FILE", about: "the authorities of the brokers' certificates, in PEM (default Node's)" },
  cert: { type: "string", value: "FILE", about: "the tunnel's own certificate, in PEM, for wss://" },
  key: { type: "string", value: "FILE", about: "the private key of --cert, in PEM" },
  "max-connections": { type: "number", value: "N", about: "the most connections at a time", default: 1000, min: 1 },
  "max-connection-bytes": {
    type: "number",
    value: "N",
    about: "the most bytes of one connection (default no limit)",
    min: 1,
  },
  "window-bytes": {
    type: "number",
    value: "N",
    about: "the most bytes that wait for each connection and direction",
    default: 1024 * 1024,
    min: MESSAGE_BYTES,
    max: MAX_WINDOW_BYTES,
  },
  help: { type: "boolean", about: "shows this" },
};

const ABOUT = `Connects web pages to brokers: the other end of webSocketConnector (docs/browser.md). It opens connections
only to the addresses of --allow. With the client's option tls it speaks TLS to the broker, so a password passes the
tunnel in clear text: use wss://, by --cert or by a proxy in front. Runs until Ctrl-C.`;

/** `odradek tunnel`: an HTTP server with a tunnel. Runs until its standard input ends or it gets a signal. */
export async function tunnel(argv: readonly string[]): Promise<number> {
  const options = readOptions("tunnel", OPTIONS, argv);
  if (options["help"] === true) {
    process.stdout.write(helpText("odradek tunnel --allow HOST:PORT,… [OPTIONS]", ABOUT, OPTIONS));
    return 0;
  }
  const { host, port } = listenAddress(String(options["listen"]));
  const { allow } = options;
  if (!Array.isArray(allow))
    throw new KafkaError(
      "config",
      "odradek tunnel needs --allow with the brokers that pages may reach, for example: --allow localhost:9092",
    );
  const addresses = (allow as readonly string[]).flatMap((list) => list.split(",").map((address) => address.trim()));
  const made = createTunnel({
    allow: addresses,
    ...given("origins", options["origin"]),
    ...given("token", tokenOf(options["token-file"])),
    ...given("ca", textOf("ca", options["ca"])),
    ...given("maxConnections", options["max-connections"]),
    ...given("maxConnectionBytes", options["max-connection-bytes"]),
    ...given("windowBytes", options["window-bytes"]),
    onLog: ({ level, message }) => {
      if (level !== "debug") process.stderr.write(`${message}\n`);
    },
  });
  const { server, scheme } = serverOf(options);
  server.on("upgrade", made.upgrade);
  const address = await listening(server, host, port);
  const stopped = untilStopped();
  const name = host.includes(":") ? `[${host}]` : host;
  process.stdout.write(`tunnel: ${scheme}://${name}:${address.port} to ${addresses.join(", ")}\n`);
  await stopped;
  made.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return 0;
}

function given<N extends string>(name: N, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}

function listenAddress(text: string): { readonly host: string; readonly port: number } {
  const found = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535)
    throw new KafkaError("config", `--listen takes HOST:PORT, for example 127.0.0.1:8080 or [::1]:8080, not "${text}"`);
  return { host: found[1] ?? found[2] ?? "", port };
}

function tokenOf(file: OptionValues[string]): string | undefined {
  const token = textOf("token-file", file)?.trim();
  if (token === "") throw new KafkaError("config", `--token-file ${String(file)}: the file is empty`);
  return token;
}

function textOf(option: string, file: OptionValues[string]): string | undefined {
  if (typeof file !== "string") return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new KafkaError("config", `--${option}: cannot read ${file}: ${KafkaError.from(cause).message}`, { cause });
  }
}

/** Answers requests that are not WebSockets, so that a health check of a load balancer works. */
function serverOf(options: OptionValues): { readonly server: Server; readonly scheme: "ws" | "wss" } {
  const cert = textOf("cert", options["cert"]);
  const key = textOf("key", options["key"]);
  if ((cert === undefined) !== (key === undefined))
    throw new KafkaError(
      "config",
      `--cert and --key belong together: give ${cert === undefined ? "--cert" : "--key"} too`,
    );
  const answer: NonNullable<Parameters<typeof createServer>[1]> = (_request, response) => {
    response.writeHead(426, { "Content-Type": "text/plain" }).end("This is a tunnel for Kafka, for WebSockets.\n");
  };
  if (cert === undefined || key === undefined) return { server: createServer(answer), scheme: "ws" };
  checkTlsValues({ cert, key });
  try {
    return { server: createTlsServer({ cert, key }, answer), scheme: "wss" };
  } catch {
    // The text of the host's error may show a part of the key.
    throw new KafkaError("config", "--cert and --key: they are not a certificate and its private key in PEM");
  }
}

function listening(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const { code } = cause as { readonly code?: string };
      const advice =
        code === "EADDRINUSE" ? "; end the program that has this port, or choose another with --listen" : "";
      reject(new KafkaError("config", `cannot listen on ${host}:${port}: ${cause.message}${advice}`, { cause }));
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}
