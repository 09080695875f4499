import { decodeRequest, encodeResponse, type RequestFrame } from "../../../src/protocol/headers.ts";
import { apiVersionsApi } from "../../../src/protocol/messages/api-versions.ts";
import { saslAuthenticateApi } from "../../../src/protocol/messages/sasl-authenticate.ts";
import { saslHandshakeApi } from "../../../src/protocol/messages/sasl-handshake.ts";
import type { ByteSink, ByteStream, Listener, ListeningSocket } from "../../../src/runtime/byte-stream.ts";
import { FrameDecoder } from "../../../src/wire/frame-decoder.ts";

/** How a broker refuses a login, with a text that repeats a secret. */
export type Refusal = "code" | "challenge" | "scram-error" | "mechanisms";

/** A broker in memory that refuses every login, with a text of the test. */
export class EchoBroker {
  text = "";
  refusal: Refusal = "code";
  logins = 0;
  readonly #host: string;
  #socket: ListeningSocket | undefined;
  readonly #streams = new Set<ByteStream>();

  constructor(host = "broker") {
    this.#host = host;
  }

  async start(listener: Listener): Promise<void> {
    this.#socket = await listener.listen({ host: this.#host, port: 9092 }, (stream) => this.#accept(stream));
  }

  async stop(): Promise<void> {
    for (const stream of this.#streams) stream.close();
    await this.#socket?.close();
  }

  #accept(stream: ByteStream): ByteSink {
    this.#streams.add(stream);
    const decoder = new FrameDecoder({
      maxFrameBytes: 1 << 20,
      onFrame: (bytes) => {
        const frame = decodeRequest(bytes, (key, version) =>
          key === apiVersionsApi.key ? version >= 3 : key === saslAuthenticateApi.key && version >= 2,
        );
        void stream.write(this.#answer(frame)).catch(() => undefined);
      },
    });
    return {
      buffer: () => decoder.buffer(),
      filled: (view) => {
        decoder.filled(view);
        return true;
      },
      closed: () => this.#streams.delete(stream),
    };
  }

  #answer({ apiKey, apiVersion, correlationId }: RequestFrame): readonly Uint8Array[] {
    const text = this.text;
    if (apiKey === apiVersionsApi.key) {
      const apiKeys = [3, 0, 1, 17, 18, 36].map((key) => ({
        apiKey: key,
        maxVersion: { 0: 9, 1: 12, 3: 12, 17: 1, 18: 4, 36: 2 }[key] ?? 1,
      }));
      return apiVersion > 4
        ? encodeResponse(apiVersionsApi, { errorCode: 35, apiKeys }, 0, correlationId)
        : encodeResponse(apiVersionsApi, { apiKeys }, apiVersion, correlationId);
    }
    if (apiKey === saslHandshakeApi.key) {
      const [errorCode, mechanisms] = this.refusal === "mechanisms" ? [33, [text, "PLAIN"]] : [0, ["PLAIN"]];
      return encodeResponse(saslHandshakeApi, { errorCode, mechanisms }, apiVersion, correlationId);
    }
    this.logins++;
    const authBytes =
      this.refusal === "code"
        ? new Uint8Array(0)
        : new Uint8Array(Buffer.from(this.refusal === "scram-error" ? `e=${text}` : text));
    const answer =
      this.refusal === "code" ? { errorCode: 58, errorMessage: text, authBytes } : { errorMessage: null, authBytes };
    return encodeResponse(saslAuthenticateApi, answer, apiVersion, correlationId);
  }
}
