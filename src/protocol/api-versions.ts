import { KafkaError } from "../errors/kafka-error.ts";
import type { Api } from "./schema.ts";

/** The versions of an API that a broker serves. */
export interface VersionRange {
  /** The lowest version. */
  readonly min: number;
  /** The highest version. */
  readonly max: number;
}

/**
 * The highest version that both sides support, at most `cap`. Throws kind `unsupported` with both ranges if they have
 * none in common.
 */
export function negotiate<Req, Res>(
  api: Api<Req, Res>,
  broker: VersionRange | undefined,
  cap: number = api.request.max,
): number {
  if (broker === undefined)
    throw new KafkaError("unsupported", `the broker does not serve ${api.name} (API key ${api.key})`);
  const version = Math.min(api.request.max, broker.max, cap);
  if (version < Math.max(api.request.min, broker.min)) {
    throw new KafkaError(
      "unsupported",
      `${api.name}: the broker serves versions ${broker.min} to ${broker.max}, this client speaks ` +
        `${api.request.min} to ${Math.min(cap, api.request.max)}`,
    );
  }
  return version;
}
