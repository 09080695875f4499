import { KafkaError } from "../errors/kafka-error.ts";
import type { VersionRange } from "./api-versions.ts";
import { knownApi } from "./known-apis.ts";

type Versions = Readonly<Record<string, number>>;

/**
 * The versions that the options allow, by API key. Throws kind `config` for an unknown API, for limits that leave no
 * version, and for limits that exclude all versions of this client.
 */
export function allowedVersions(minVersions: Versions, maxVersions: Versions): ReadonlyMap<number, VersionRange> {
  const allowed = new Map<number, VersionRange>();
  for (const name of Object.keys({ ...minVersions, ...maxVersions })) {
    const option = Object.hasOwn(minVersions, name) ? "minVersions" : "maxVersions";
    const known = knownApi(name, option);
    const min = minVersions[name] ?? 0;
    const max = maxVersions[name] ?? known.max;
    const limits = `minVersions and maxVersions allow ${name} ${min} to ${max}`;
    if (min > max && maxVersions[name] !== undefined) throw wrong(`${limits}, which is no version at all`);
    if (min > known.max || max < known.min)
      throw wrong(
        `${option}: ${name} takes versions from ${known.min} to ${known.max}, which this client speaks, not ` +
          `${min > known.max ? min : max}`,
      );
    allowed.set(known.key, { min, max });
  }
  return allowed;
}

function wrong(message: string): KafkaError {
  return new KafkaError("config", message, { outcome: "notWritten" });
}
