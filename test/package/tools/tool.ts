import type { Site } from "../site.ts";

/**
 * Builds an application around a drawn value, or runs it, and gives what it prints: `lineOf(value)`, and nothing else.
 */
export type Recipe = (site: Site, value: string) => string | Promise<string>;

/**
 * The time, in ms, that a test runner gives a test. Their own default of 5 s was exceeded on a busy machine, where the
 * log lines showed that the application was at work.
 */
export const TEST_TIMEOUT_MS = 120_000;

export interface Tool {
  readonly name: string;
  /** The packages that it needs, of exact versions. */
  readonly packages: readonly string[];
  /** The version of Node that it runs on where the one of this process is too old for it. */
  readonly node?: string;
  /** The name and version of what runs it, where that is not Node. */
  readonly host?: () => string;
  /** The steps of the test with this tool. */
  readonly recipes: Readonly<Record<string, Recipe>>;
}
