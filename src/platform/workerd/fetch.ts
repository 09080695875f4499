import type { FetchAnswer, FetchRequest } from "../../runtime/fetch-like.ts";

/**
 * The host's `fetch`. The client's signal is connected to one of the host until the answer has begun. The host refuses
 * `redirect: "error"`; with `"manual"` it returns the redirect itself, which the client treats as a failure.
 */
export async function workerdFetch(url: string, request: FetchRequest): Promise<FetchAnswer> {
  const { signal, ...rest } = request;
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort);
  try {
    const response = await fetch(url, { ...rest, redirect: "manual", signal: controller.signal });
    return { status: response.status, body: response.body, text: () => response.text() };
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}
