import { KafkaError } from "../../errors/kafka-error.ts";
import { lateCode } from "../../errors/late-code.ts";
import { callback, is, reading, shape, wholeFrom } from "../../errors/shape.ts";
import { inWords } from "../../errors/words.ts";
import type { Connector } from "../../runtime/byte-stream.ts";
import { MAX_WINDOW_BYTES, MESSAGE_BYTES } from "../../tunnel/window-limits.ts";
import type { WebSocketConnectorOptions } from "./web-socket-connector-options.ts";

const OPTIONS = shape({
  token: is("a string or a function", (value) => typeof value === "string" || typeof value === "function"),
  windowBytes: wholeFrom(MESSAGE_BYTES, MAX_WINDOW_BYTES),
  WebSocket: callback,
});

/**
 * Reaches brokers through a tunnel: `odradek tunnel` or `createTunnel` of `odradek/tunnel`. `url` begins with `wss://`,
 * or with `ws://`, which is not encrypted. With the client's option `tls` the tunnel speaks TLS to the broker; it uses
 * its own authorities, and follows only `servername`. Throws kind `config` for a wrong URL or option.
 *
 * If the tunnel refuses the token or the address, the call fails at once with kind `connection` and the tunnel's
 * reason; if the tunnel or the broker cannot be reached, it is retried.
 */
export function webSocketConnector(
  url: string | { readonly href: string },
  options: WebSocketConnectorOptions = {},
): Connector {
  const href: unknown = reading("webSocketConnector: the URL", () =>
    typeof url === "object" && (url as unknown) !== null ? url.href : url,
  );
  if (typeof href !== "string" || !/^wss?:\/\/[^\s/?#]+[^\s#]*$/i.test(href))
    throw new KafkaError(
      "config",
      `webSocketConnector: the URL must begin with wss:// or ws://, as wss://shop.example/kafka, not ${inWords(url)}`,
    );
  OPTIONS(options, "webSocketConnector");
  return {
    tlsOptions: ["servername"],
    connect: async (target, sink, { signal }) => {
      const { connectThrough } = await lateCode(import("./web-socket-stream.ts"), "connections through a tunnel");
      return connectThrough(href, options, target, sink, signal);
    },
  };
}
