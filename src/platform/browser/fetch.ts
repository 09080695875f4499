import type { FetchAnswer, FetchRequest } from "../../runtime/fetch-like.ts";

/** The page's `fetch`. Its own signal follows the client's signal, which belongs to this request. */
export function browserFetch(url: string, request: FetchRequest): Promise<FetchAnswer> {
  const { signal, ...rest } = request;
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort);
  return fetch(url, { ...rest, signal: controller.signal });
}
