import { KafkaError } from "../../errors/kafka-error.ts";
import { type WorkerdWebSocket, workerdGlobals } from "./host.ts";

/**
 * Notices that a client is used in another request than the one it belongs to. workerd gives each request of a Worker
 * its own sockets and timers. When the request ends, the host cancels its sockets, its timers and the code that awaits
 * them, and says so only in its own log. A client that was kept for the next request would wait for ever.
 *
 * The guard keeps an object that belongs to the request: half of a pair of WebSockets that is never used. Reading its
 * state costs 44 ns, and throws in another request. All requests of a Durable Object share their I/O, so nothing throws
 * there.
 */
export class RequestGuard {
  #owned: WorkerdWebSocket | undefined;

  /**
   * Binds the guard to the current request when it is first called in one. Throws kind `closed` in any other request,
   * before anything was accepted or sent.
   */
  readonly check = (): void => {
    if (this.#owned === undefined) {
      this.#owned = objectOfRequest();
      return;
    }
    try {
      Reflect.get(this.#owned, "readyState");
    } catch (cause) {
      throw otherRequest(cause);
    }
  };
}

/** An object that only the current request may use; undefined outside of requests, and on other hosts. */
function objectOfRequest(): WorkerdWebSocket | undefined {
  const { WebSocketPair } = workerdGlobals();
  if (WebSocketPair === undefined) return undefined;
  try {
    return new WebSocketPair()[0];
  } catch {
    return undefined; // in the global scope, which has no I/O
  }
}

function otherRequest(cause: unknown): KafkaError {
  return new KafkaError(
    "closed",
    "this Kafka belongs to another request: workerd ends the sockets and timers of a request with the request. " +
      "Create a Kafka for each request and close it at the end, or keep one in a Durable Object, whose requests " +
      "share it (docs/workerd.md)",
    { cause, outcome: "notWritten" },
  );
}
