import type { Socket } from "node:net";
import type { KafkaError } from "../../../errors/kafka-error.ts";
import type { ProxyHandshake } from "./proxy-handshake.ts";

/** A tunnel that a proxy opens on a socket. */
export interface Tunnel {
  /** Resolves to the bytes behind the proxy's answer. Rejects if the proxy refuses, or the socket breaks. */
  readonly opened: Promise<Uint8Array>;
  /** Stops listening to the socket, which is paused since the tunnel is open. */
  leave(): void;
}

/** Performs a proxy's handshake on a connected socket. `broken` makes the error of a socket that ends before. */
export function tunnelThrough(
  socket: Socket,
  handshake: ProxyHandshake,
  broken: (why: string, cause?: unknown) => KafkaError,
): Tunnel {
  let settle: ((error: KafkaError | undefined, rest?: Uint8Array) => void) | undefined;
  const opened = new Promise<Uint8Array>((resolve, reject) => {
    settle = (error, rest = new Uint8Array(0)) => (error === undefined ? resolve(rest) : reject(error));
  });
  const onData = (chunk: Uint8Array): void => {
    try {
      const { send, rest } = handshake.received(chunk);
      if (send !== undefined) socket.write(send);
      if (rest === undefined) return;
      socket.pause();
      socket.removeListener("data", onData);
      settle?.(undefined, rest);
    } catch (error) {
      settle?.(error as KafkaError);
    }
  };
  const onError = (error: Error): void =>
    settle?.(broken(`the connection to the proxy broke (${error.message})`, error));
  const onEnd = (): void => settle?.(broken(`the proxy closed the connection before it had sent ${handshake.awaited}`));
  socket.on("data", onData);
  socket.on("error", onError);
  for (const event of ["end", "close"]) socket.on(event, onEnd);
  if (socket.destroyed) onEnd();
  else socket.write(handshake.first);
  return {
    opened,
    leave: () => {
      socket.removeListener("data", onData);
      for (const event of ["end", "close"]) socket.removeListener(event, onEnd);
    },
  };
}
