import { KafkaError } from "../errors/kafka-error.ts";
import { inWords } from "../errors/words.ts";

/**
 * The pages that may use a tunnel, by their origin. A browser sends it, and a page cannot change it; any other program
 * can send none or any, so this protects users of browsers, not the brokers.
 *
 * By default only pages of this machine may: the name in `Host` proves nothing, as a hostile name can be resolved to
 * any address (DNS rebinding).
 */
export class AllowedOrigins {
  readonly #origins: ReadonlySet<string> | "all" | undefined;

  /** Throws kind `config` that names the wrong origin. `option` is the name of the option, for the text. */
  constructor(origins: unknown, option: string) {
    if (origins === undefined) return;
    if (!Array.isArray(origins))
      throw new KafkaError(
        "config",
        `${option} takes origins, such as "https://shop.example", not ${inWords(origins)}`,
      );
    this.#origins = origins.includes("*")
      ? "all"
      : new Set((origins as readonly unknown[]).map((origin) => checked(origin, option)));
  }

  /** Whether a request with this header `Origin` may open a tunnel. */
  has(origin: string | undefined): boolean {
    if (origin === undefined || this.#origins === "all") return true;
    if (this.#origins !== undefined) return this.#origins.has(origin.toLowerCase());
    return /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i.test(origin);
  }
}

function checked(origin: unknown, option: string): string {
  if (typeof origin === "string" && /^[a-z][a-z\d+.-]*:\/\/[^\s/*]+$/i.test(origin)) return origin.toLowerCase();
  throw new KafkaError(
    "config",
    `${option} takes origins, which have a scheme and no path, such as "https://shop.example", or "*" for every page, ` +
      `not ${inWords(origin)}`,
  );
}
