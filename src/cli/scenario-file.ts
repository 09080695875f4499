import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Scenario } from "../simulation.ts";

/**
 * The scenario that a module exports: `FILE` as `scenario`, `FILE#NAME` as `NAME`. Throws kind `config` that says what
 * the module exports.
 */
export async function loadScenario(where: string): Promise<Scenario> {
  const [file = "", name = "scenario"] = where.split("#");
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw KafkaError.from(error, "config", `loading ${file}`);
  }
  const found = module[name] as Partial<Scenario> | undefined;
  if (typeof found?.run === "function") return found as Scenario;
  const others = Object.keys(module).filter(
    (key) => typeof (module[key] as Partial<Scenario> | undefined)?.run === "function",
  );
  const hint =
    others.length === 0
      ? "a scenario is an object with a function `run`"
      : `it has ${others.map((other) => `${file}#${other}`).join(", ")}`;
  throw new KafkaError(
    "config",
    `${file} exports no scenario \`${name}\`: ${hint}; it exports ${Object.keys(module).join(", ") || "nothing"}`,
  );
}
