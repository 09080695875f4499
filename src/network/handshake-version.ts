import { apiVersionsApi } from "../protocol/messages/api-versions.ts";

/**
 * The versions of ApiVersions to try, best first: ours, the highest that Azure Event Hubs answers, and 0, which every
 * broker answers.
 */
const LADDER: readonly number[] = [apiVersionsApi.request.max, 3, 0];
const BEST: number = apiVersionsApi.request.max;
/**
 * How many consecutive hang-ups do not discredit a version that has worked: a restarting broker closes connections too.
 */
const TOLERATED_HANG_UPS = 2;
/**
 * How long a lower version is used before the best one is tried again. The broker may have been upgraded meanwhile, or
 * it was only restarting when it hung up.
 */
const LOWERED_FOR_MS = 3_600_000;

/**
 * Chooses the version of ApiVersions for the next connection to one address. A broker that does not support a version
 * should return UNSUPPORTED_VERSION (KIP-511). Some close the connection instead, as Azure Event Hubs does from version
 * 4 on. After such a hang-up the next lower version is tried. The version that worked is remembered for the address, so
 * that only one connection pays for the search.
 */
export class HandshakeVersion {
  #version: number;
  #hasWorked = false;
  #hangUps = 0;
  #loweredAtMs: number;

  /** `first` is the version that another broker of the cluster answered. Default: the best. */
  constructor(first: number = BEST, nowMs = 0) {
    this.#version = first;
    this.#loweredAtMs = nowMs;
  }

  /** The version that this address has answered; undefined if none yet. */
  get known(): number | undefined {
    return this.#hasWorked ? this.#version : undefined;
  }

  /** The version to try now. */
  next(nowMs: number): number {
    if (this.#version !== BEST && this.#hasWorked && nowMs - this.#loweredAtMs >= LOWERED_FOR_MS) this.#restart();
    return this.#version;
  }

  /** Reports that the broker was asked with version `asked` and answered in `version`. */
  answered(asked: number, version: number, nowMs: number): void {
    if (asked !== this.#version) return;
    if (version < asked) {
      this.#version = version;
      this.#loweredAtMs = nowMs;
    }
    this.#hasWorked = true;
    this.#hangUps = 0;
  }

  /**
   * Reports that the broker closed the connection before it answered a request of this version. Returns whether to
   * reconnect at once with a lower version.
   */
  hungUp(version: number, nowMs: number): boolean {
    // Another connection to this address may already have moved to a lower version.
    if (version !== this.#version) return this.#version < version;
    if (this.#hasWorked) {
      if (++this.#hangUps > TOLERATED_HANG_UPS) this.#restart();
      return false;
    }
    const lower = LADDER.find((one) => one < version);
    if (lower === undefined) {
      this.#restart();
      return false;
    }
    this.#version = lower;
    this.#loweredAtMs = nowMs;
    return true;
  }

  #restart(): void {
    this.#version = BEST;
    this.#hasWorked = false;
    this.#hangUps = 0;
  }
}
