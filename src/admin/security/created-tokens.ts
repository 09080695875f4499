import type { DelegationToken } from "./delegation-token.ts";

/** Brokers learn of a token one after the other. For this long after its creation, in ms, one may not know it. */
const CREATED_LATELY_MS = 5000;

/** The tokens that an admin created lately. */
export class CreatedTokens {
  /** By HMAC, with the time until which a broker may not know them. */
  readonly #tokens = new Map<string, { readonly token: DelegationToken; readonly untilMs: number }>();

  add(token: DelegationToken, nowMs: number): void {
    for (const [hmac, { untilMs }] of this.#tokens) if (untilMs <= nowMs) this.#tokens.delete(hmac);
    this.#tokens.set(token.hmac.reveal(), { token, untilMs: nowMs + CREATED_LATELY_MS });
  }

  delete(hmac: string): void {
    this.#tokens.delete(hmac);
  }

  /** Whether a broker may not know the token yet. */
  isNew(hmac: string, nowMs: number): boolean {
    return nowMs < (this.#tokens.get(hmac)?.untilMs ?? 0);
  }

  /** The ids of the tokens of these owners that a broker may not know yet; of all owners without the list. */
  newIds(owners: readonly string[] | undefined, nowMs: number): readonly string[] {
    return [...this.#tokens.values()]
      .filter(({ token, untilMs }) => nowMs < untilMs && (owners?.includes(token.owner) ?? true))
      .map(({ token }) => token.tokenId);
  }
}
