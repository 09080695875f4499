import { KafkaError } from "../../errors/kafka-error.ts";
import type { ConnectTarget } from "../../runtime/byte-stream.ts";
import type { OpenMessage } from "../../tunnel/control-message.ts";
import type { WebSocketConnectorOptions } from "./web-socket-connector-options.ts";

const WINDOW_BYTES = 1024 * 1024;

/** The first message of a connection. Calls the functions among the options. */
export async function openMessage(
  { token, windowBytes = WINDOW_BYTES }: WebSocketConnectorOptions,
  target: ConnectTarget,
): Promise<OpenMessage> {
  const { host, port, tls } = target;
  const secret = await read("token of webSocketConnector", token, target);
  const option = tls?.servername;
  const name = await read("tls.servername", typeof option === "function" ? () => option(host, port) : option, target);
  return {
    ...{ type: "open", host, port, tls: tls !== undefined, windowBytes },
    ...(name === undefined ? {} : { servername: name }),
    ...(secret === undefined ? {} : { token: secret }),
  };
}

/** The value of an option that may be a function. The text of its error is left to `cause`: it may quote a secret. */
async function read(
  name: string,
  option: string | (() => unknown) | undefined,
  { host, port }: ConnectTarget,
): Promise<string | undefined> {
  if (typeof option !== "function") return option;
  let cause: unknown;
  try {
    const value: unknown = await option();
    if (typeof value === "string" && value !== "") return value;
  } catch (error) {
    cause = error;
  }
  const address = `${host}:${port}`;
  throw new KafkaError(
    "connection",
    `cannot connect to ${address}: the function ${name} ${cause === undefined ? "returned no text" : "failed"}; it is ` +
      "called again at the next attempt",
    { cause, retriable: true, address, outcome: "notWritten" },
  );
}
