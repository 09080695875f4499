import { KafkaError } from "../errors/kafka-error.ts";
import type { Api } from "./schema.ts";

/** The versions of an API that a broker serves. */
export interface VersionRange {
  /** The lowest version. */
  readonly min: number;
  /** The highest version. */
  readonly max: number;
  /** The versions that the user allows. Default: all. */
  readonly allowed?: VersionRange;
}

/**
 * The highest version that both sides support, at most `cap`, and that the user allows. Throws kind `unsupported` with
 * all ranges if they have none in common.
 */
export function negotiate<Req, Res>(
  api: Api<Req, Res>,
  broker: VersionRange | undefined,
  cap: number = api.request.max,
): number {
  if (broker === undefined)
    throw new KafkaError("unsupported", `the broker does not serve ${api.name} (API key ${api.key})`);
  const { allowed } = broker;
  const version = Math.min(api.request.max, broker.max, cap, allowed?.max ?? cap);
  if (version < Math.max(api.request.min, broker.min, allowed?.min ?? 0)) {
    const limits = allowed === undefined ? "" : `, minVersions and maxVersions allow ${allowed.min} to ${allowed.max}`;
    throw new KafkaError(
      "unsupported",
      `${api.name}: the broker serves versions ${broker.min} to ${broker.max}, this client speaks ` +
        `${api.request.min} to ${Math.min(cap, api.request.max)}${limits}`,
    );
  }
  return version;
}
