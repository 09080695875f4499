import type { AbortSignalLike } from "../../runtime/cancellation.ts";
import type { FetchAnswer, FetchBody, FetchRequest } from "../../runtime/fetch-like.ts";

/**
 * The host's `fetch`. It is read at each call, so that a test can replace it. The client's signal is connected to one
 * of the host until the body has been read.
 */
export async function nodeFetch(url: string, request: FetchRequest): Promise<FetchAnswer> {
  const { signal, ...rest } = request;
  const link = new SignalLink(signal);
  try {
    const response = await fetch(url, { ...rest, signal: link.signal });
    const { status, body } = response;
    return {
      status,
      body: body === null ? null : unlinkedAtEnd(body, link),
      text: () => response.text().finally(() => link.end()),
    };
  } catch (error) {
    link.end();
    throw error;
  }
}

/** A signal of the host that follows one of the client. */
class SignalLink {
  readonly #controller = new AbortController();
  readonly #followed: AbortSignalLike | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#followed?.reason);

  constructor(followed: AbortSignalLike | undefined) {
    this.#followed = followed;
    if (followed?.aborted === true) this.#onAbort();
    else followed?.addEventListener("abort", this.#onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    this.#followed?.removeEventListener("abort", this.#onAbort);
  }
}

/** A body that ends the link when it has been read, has failed or is left. */
function unlinkedAtEnd(body: ReadableStream<Uint8Array>, link: SignalLink): FetchBody {
  return {
    getReader: () => {
      const reader = body.getReader();
      return {
        read: async () => {
          try {
            const part = await reader.read();
            if (part.done) link.end();
            return part;
          } catch (error) {
            link.end();
            throw error;
          }
        },
        cancel: () => {
          link.end();
          return reader.cancel();
        },
      };
    },
  };
}
