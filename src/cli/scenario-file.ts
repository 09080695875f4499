import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { KafkaError } from "../errors/kafka-error.ts";
import type { Scenario } from "../simulation.ts";

/**
 * Loads the scenario that a module exports: `FILE` means the export `scenario`, `FILE#NAME` the export `NAME`.
 * Otherwise throws kind `config` with the names that the module exports.
 */
export async function loadScenario(where: string): Promise<Scenario> {
  const [file = "", name = "scenario"] = where.split("#");
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as Record<string, unknown>;
  } catch (error) {
    throw KafkaError.from(error, "config", `cannot load ${file}`);
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
