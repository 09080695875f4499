import type { AbortSignalLike } from "./cancellation.ts";

/**
 * The part of the host's `fetch` that the client uses, for token endpoints. It must not follow redirects: a redirected
 * request would carry its secret to another server.
 */
export type FetchLike = (url: string, request: FetchRequest) => PromiseLike<FetchAnswer>;

/** One HTTP request. */
export interface FetchRequest {
  /** The HTTP method. */
  readonly method: "GET" | "POST" | "PUT";
  /** The headers by name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of a POST. */
  readonly body?: string;
  /** Always `"error"`: a redirect is a failure. */
  readonly redirect: "error";
  /** Ends the request. It need not be a signal of the host: a platform connects it to one. */
  readonly signal?: AbortSignalLike;
}

/** The answer to a request. A `Response` of the host is one. */
export interface FetchAnswer {
  /** The HTTP status, for example 200. */
  readonly status: number;
  /** The body in parts, so that an endless one can be left. Without it, `text` is used. */
  readonly body?: FetchBody | null;
  /** The whole body. */
  text(): PromiseLike<string>;
}

/** A body in parts: the part of `ReadableStream` that is used. */
export interface FetchBody {
  /** Starts reading. */
  getReader(): {
    /** The next part; `done` after the last one. */
    read(): PromiseLike<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    /** Leaves the rest of the body. */
    cancel(): PromiseLike<void>;
  };
}
