import { type EmbeddedClusterOptions, type TransactionVersion, checkTransactionVersion } from "./options.ts";

/** The levels of a feature that the cluster supports. */
export interface FeatureRange {
  readonly least: number;
  readonly most: number;
}

/** One change of UpdateFeatures. */
export interface FeatureUpdate {
  readonly feature: string;
  readonly level: number;
  /** 1: upgrade, 2: safe downgrade, 3: unsafe downgrade. */
  readonly upgradeType: number;
}

const METADATA_VERSION = "metadata.version";
const TRANSACTION_VERSION = "transaction.version";
const GROUP_VERSION = "group.version";
const KRAFT_VERSION = "kraft.version";
/** 4.4-IV2, the metadata version of the Kafka whose versions are used here. Upgrades from below 7 are not supported. */
const METADATA_LEVELS: FeatureRange = { least: 7, most: 33 };
const UPGRADE_TYPES = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 };

/** The features that clients see. Features of coordinators that do not exist here are left out. */
const SUPPORTED: ReadonlyMap<string, FeatureRange> = new Map([
  [METADATA_VERSION, METADATA_LEVELS],
  [GROUP_VERSION, { least: 0, most: 1 }],
  [TRANSACTION_VERSION, { least: 0, most: 2 }],
]);
/** The voters of this cluster are fixed, so level 1 of this feature does not exist. Clients do not see it. */
const KRAFT_LEVELS: FeatureRange = { least: 0, most: 0 };

/** The finalised features of a cluster, and an epoch that rises with each change of them. */
export class FinalizedFeatures {
  readonly #levels: Map<string, number>;
  #epoch = 1;

  constructor({ transactionVersion = 2, groupVersion = 1 }: EmbeddedClusterOptions = {}) {
    this.#levels = new Map([
      [METADATA_VERSION, METADATA_LEVELS.most],
      [GROUP_VERSION, groupVersion],
      [TRANSACTION_VERSION, transactionVersion],
    ]);
  }

  get transactionVersion(): TransactionVersion {
    return this.levelOf(TRANSACTION_VERSION) as TransactionVersion;
  }

  get groupVersion(): number {
    return this.levelOf(GROUP_VERSION);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The range of each feature. */
  get supported(): ReadonlyMap<string, FeatureRange> {
    return SUPPORTED;
  }

  /** A feature's level; 0 means that it is off. */
  levelOf(feature: string): number {
    return this.#levels.get(feature) ?? 0;
  }

  setTransactionVersion(level: TransactionVersion): void {
    checkTransactionVersion(level, "setTransactionVersion: transactionVersion");
    this.#levels.set(TRANSACTION_VERSION, level);
    this.#epoch++;
  }

  /**
   * Checks the updates, and applies all of them unless `validateOnly`. Returns why none was applied, in Kafka's words;
   * undefined if they are valid. If a feature is named twice, the last update counts.
   */
  update(updates: readonly FeatureUpdate[], validateOnly: boolean, controllerId: number): string | undefined {
    const last = new Map(updates.map((update) => [update.feature, update]));
    for (const update of last.values()) {
      const error = updateError(update, this.levelOf(update.feature), controllerId);
      if (error !== undefined)
        return `The update failed for all features since the following feature had an error: ${error}`;
    }
    if (validateOnly) return undefined;
    for (const { feature, level } of last.values()) {
      if (this.levelOf(feature) === level) continue;
      this.#levels.set(feature, level);
      this.#epoch++;
    }
    return undefined;
  }
}

/** Why a feature cannot be updated from its current level, in Kafka's words and order; undefined if it can. */
export function updateError(
  { feature, level, upgradeType }: FeatureUpdate,
  current: number,
  controllerId: number,
): string | undefined {
  const invalid = (reason: string): string => `Invalid update version ${level} for feature ${feature}. ${reason}`;
  const range = feature === KRAFT_VERSION ? KRAFT_LEVELS : SUPPORTED.get(feature);
  if (upgradeType < UPGRADE_TYPES.upgrade || upgradeType > UPGRADE_TYPES.unsafeDowngrade)
    return invalid("The controller does not support the given upgrade type.");
  if (level < 0) return invalid("A feature version cannot be less than 0.");
  if (range === undefined)
    return invalid(
      level === 0 ? `Feature ${feature} not found.` : `Local controller ${controllerId} does not support this feature.`,
    );
  if (level < range.least || level > range.most)
    return invalid(`Local controller ${controllerId} only supports versions ${range.least}-${range.most}`);
  if (level >= current) return undefined;
  if (upgradeType === UPGRADE_TYPES.upgrade)
    return invalid(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe " +
        "downgrade.",
    );
  if (feature !== METADATA_VERSION) return undefined;
  return (
    `Unsupported metadata.version downgrade from ${current} to ${level}. ` +
    (upgradeType === UPGRADE_TYPES.safeDowngrade
      ? "Refusing to perform the requested downgrade because it might delete metadata information."
      : "Unsafe metadata downgrade is not supported in this version.")
  );
}
