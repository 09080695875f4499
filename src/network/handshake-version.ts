import { apiVersionsApi } from "../protocol/messages/api-versions.ts";

/** The versions of ApiVersions to ask with, best first: ours, the last that Azure Event Hubs answers, and the first, which every broker answers. */
const LADDER: readonly number[] = [apiVersionsApi.request.max, 3, 0];
/** A version that has worked survives this many hang-ups in a row: a broker that restarts closes connections too. */
const TOLERATED_HANG_UPS = 2;
/** How long a lower version is used before the best one is tried again: the broker may have been upgraded, or only have been restarting. */
const LOWERED_FOR_MS = 3_600_000;

/**
 * Which version of ApiVersions the next connection to one address asks with. A broker that does not know a version should answer
 * UNSUPPORTED_VERSION (KIP-511); some close the connection instead, as Azure Event Hubs does from version 4 on. After such a hang-up the next
 * lower version is tried, and the version that worked is kept for the address.
 */
export class HandshakeVersion {
  #step = 0;
  #hasWorked = false;
  #hangUps = 0;
  #loweredAtMs = 0;

  /** The version to ask with. */
  next(nowMs: number): number {
    if (this.#step > 0 && this.#hasWorked && nowMs - this.#loweredAtMs >= LOWERED_FOR_MS) this.#restart();
    return LADDER[this.#step] ?? 0;
  }

  /** The broker answered a request of this version. */
  answered(version: number): void {
    if (version !== LADDER[this.#step]) return;
    this.#hasWorked = true;
    this.#hangUps = 0;
  }

  /** The broker closed the connection before it answered a request of this version. Returns whether to connect again at once, with a lower version. */
  hungUp(version: number, nowMs: number): boolean {
    // Another connection to the address may have gone further meanwhile.
    if (version !== LADDER[this.#step]) return (LADDER[this.#step] ?? 0) < version;
    if (this.#hasWorked) {
      if (++this.#hangUps > TOLERATED_HANG_UPS) this.#restart();
      return false;
    }
    if (this.#step + 1 >= LADDER.length) {
      this.#restart();
      return false;
    }
    this.#step++;
    this.#loweredAtMs = nowMs;
    return true;
  }

  #restart(): void {
    this.#step = 0;
    this.#hasWorked = false;
    this.#hangUps = 0;
  }
}
