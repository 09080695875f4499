import { apiVersionsApi } from "../protocol/messages/api-versions.ts";

/**
 * The versions of ApiVersions to ask with, best first: ours, the last that Azure Event Hubs answers, and the first,
 * which every broker answers.
 */
const LADDER: readonly number[] = [apiVersionsApi.request.max, 3, 0];
const BEST: number = apiVersionsApi.request.max;
/** A version that has worked survives this many hang-ups in a row: a broker that restarts closes connections too. */
const TOLERATED_HANG_UPS = 2;
/**
 * How long a lower version is used before the best one is tried again: the broker may have been upgraded, or only have
 * been restarting.
 */
const LOWERED_FOR_MS = 3_600_000;

/**
 * Which version of ApiVersions the next connection to one address asks with. A broker that does not know
 * a version should answer UNSUPPORTED_VERSION (KIP-511); some close the connection instead, as Azure
 * Event Hubs does from version 4 on. After such a hang-up the next lower version is tried. The version
 * that was answered is kept for the address, so that only one connection pays for finding it out.
 */
export class HandshakeVersion {
  #version: number;
  #hasWorked = false;
  #hangUps = 0;
  #loweredAtMs: number;

  /** `first`: what another broker of the cluster answered. Default: the best. */
  constructor(first: number = BEST, nowMs = 0) {
    this.#version = first;
    this.#loweredAtMs = nowMs;
  }

  /** The version that this address has answered; undefined where it has not yet. */
  get known(): number | undefined {
    return this.#hasWorked ? this.#version : undefined;
  }

  /** The version to ask with. */
  next(nowMs: number): number {
    if (this.#version !== BEST && this.#hasWorked && nowMs - this.#loweredAtMs >= LOWERED_FOR_MS) this.#restart();
    return this.#version;
  }

  /** The broker was asked with one version, and answered in this one. */
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
   * The broker closed the connection before it answered a request of this version. Returns whether to connect again at
   * once, with a lower version.
   */
  hungUp(version: number, nowMs: number): boolean {
    // Another connection to the address may have gone further meanwhile.
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
