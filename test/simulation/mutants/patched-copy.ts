import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import type * as Simulate from "../../../src/cli/simulate.ts";
import type * as Client from "../../../src/kafka.ts";
import type * as ExactlyOnce from "../../../src/exactly-once/consume-transform-produce.ts";
import type * as Workload from "../../../src/cli/workload.ts";
import { root } from "../../house/root.ts";

/** A change of one compiled file. The text must be there exactly once; otherwise nothing would be planted. */
export interface Patch {
  /** The path below src without its extension: `producer/sink`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The program with planted bugs. */
export interface PatchedCopy {
  readonly runWorkload: typeof Workload.runWorkload;
  readonly tellFailure: typeof Simulate.tellFailure;
  readonly Kafka: typeof Client.Kafka;
  readonly consumeTransformProduce: typeof ExactlyOnce.consumeTransformProduce;
  readonly remove: () => void;
}

/** Copies the compiled sources, changes them, and loads the copy in addition to the original, which stays unchanged. */
export async function patchedCopy(name: string, patches: readonly Patch[]): Promise<PatchedCopy> {
  const folder = join(root, "build", "mutants", `${name}-${process.pid}`);
  cpSync(join(root, "build", "src"), folder, { recursive: true, filter: (path) => !/\.(test\.js|d\.ts)$/.test(path) });
  for (const [path, text] of patched(patches)) writeFileSync(join(folder, path), text);
  const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href) as Promise<unknown>;
  const { runWorkload } = (await load("cli/workload.js")) as typeof Workload;
  const { tellFailure } = (await load("cli/simulate.js")) as typeof Simulate;
  const { Kafka } = (await load("kafka.js")) as typeof Client;
  const { consumeTransformProduce } = (await load("exactly-once/consume-transform-produce.js")) as typeof ExactlyOnce;
  return {
    Kafka,
    consumeTransformProduce,
    runWorkload,
    tellFailure,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The compiled files that patches change, by path, as they are afterwards. Throws if a text is not there just once. */
export function patched(patches: readonly Patch[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { file, from, to } of patches) {
    const path = `${file}.js`;
    const text = texts.get(path) ?? readFileSync(join(root, "build", "src", path), "utf8");
    assert.equal(text.split(from).length - 1, 1, `src/${file}.ts must have this text once: ${from}`);
    texts.set(
      path,
      text.replace(from, () => to),
    );
  }
  return texts;
}
