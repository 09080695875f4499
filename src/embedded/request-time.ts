import type { AnyHandler, RequestContext } from "./handler.ts";

/**
 * Calls a handler, and throttles a client whose requests take more of the broker's time than its `request_percentage`
 * allows (KIP-124). A handler that waits, as Fetch for records, counts only until it begins to wait: Kafka counts the
 * time of its threads, and a request that waits has none.
 */
export function handleWithinTime(
  found: AnyHandler,
  message: unknown,
  context: RequestContext,
): ReturnType<AnyHandler["handle"]> {
  const { throttle } = context;
  if (!throttle.has("request_percentage")) return found.handle(message, context);
  const { clock } = context.cluster;
  const startMs = clock.monotonic();
  const answer = found.handle(message, context);
  const tookMs = clock.monotonic() - startMs;
  const tellsThrottle = found.api.response.fields.some(([name]) => name === "throttleTimeMs");
  return Promise.resolve(answer).then((response) => {
    const throttleTimeMs = throttle.worked(context.clientId, tookMs);
    if (typeof response !== "object" || throttleTimeMs === 0 || !tellsThrottle) return response;
    // A client that is above two quotas waits for the longer time.
    const { throttleTimeMs: already = 0 } = response as { readonly throttleTimeMs?: number };
    return { ...response, throttleTimeMs: Math.max(throttleTimeMs, already) };
  });
}
