import { lateCode } from "../errors/late-code.ts";
import type { ApiName } from "../protocol/api-name.ts";
import type * as Loaded from "../protocol/allowed-versions.ts";
import type { VersionRange } from "../protocol/api-versions.ts";
import type { ClusterOptions } from "./options.ts";

/** A version of each API. */
export type VersionsByApi = Readonly<Partial<Record<ApiName, number>>>;

/**
 * The versions that the options `minVersions` and `maxVersions` allow. The first connection loads the code that knows
 * the names of all APIs, so that a page without these options does not load them.
 */
export function allowedVersionsOf(
  minVersions: VersionsByApi | undefined,
  maxVersions: VersionsByApi | undefined,
): Pick<ClusterOptions, "allowedVersions"> {
  if (minVersions === undefined && maxVersions === undefined) return {};
  let made: Promise<ReadonlyMap<number, VersionRange>> | undefined;
  return {
    allowedVersions: () => {
      made ??= load(minVersions, maxVersions).catch((error: unknown) => {
        made = undefined; // the next connection tries it again
        throw error;
      });
      return made;
    },
  };
}

async function load(
  minVersions: VersionsByApi = {},
  maxVersions: VersionsByApi = {},
): Promise<ReadonlyMap<number, VersionRange>> {
  const { allowedVersions } = await loadVersions();
  return allowedVersions(minVersions, maxVersions);
}

/** Loads the code that knows the names of all APIs. */
export function loadVersions(): Promise<Pick<typeof Loaded, "allowedVersions">> {
  return lateCode(import("../protocol/allowed-versions.ts"), "minVersions");
}
