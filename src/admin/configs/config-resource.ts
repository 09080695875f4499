import { KafkaError } from "../../errors/kafka-error.ts";
import { inWords } from "../../errors/words.ts";
import { oneOf, shape, text } from "../../errors/shape.ts";
import type { Check } from "../../errors/shape.ts";

/** The type of a thing that has configs. Java: `ConfigResource.Type`. */
export type ConfigResourceType = "TOPIC" | "BROKER" | "BROKER_LOGGER" | "CLIENT_METRICS" | "GROUP";

/** A thing that has configs. Java: `ConfigResource`. */
export interface ConfigResource {
  /** Its type. */
  readonly resourceType: ConfigResourceType;
  /**
   * Its name: of a topic, a group or a client metrics subscription; the node id of a broker as text. `""` with type
   * `BROKER` stands for the defaults of all brokers.
   */
  readonly name: string;
}

const CODES = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8, CLIENT_METRICS: 16, GROUP: 32 } as const;
const NAMES = Object.keys(CODES) as readonly ConfigResourceType[];

export const resourceType: Check = oneOf(...NAMES);

/** The fields of a resource, for checks. */
export const RESOURCE_FIELDS: Readonly<Record<"resourceType" | "name", Check>> = {
  resourceType: resourceType,
  name: text,
};

export const RESOURCE: Check = shape(RESOURCE_FIELDS, {
  needs: ["resourceType", "name"],
  noun: "field",
  hints: { type: "resourceType", resourceName: "name" },
});

export function codeOf(type: ConfigResourceType): number {
  return CODES[type];
}

/** Undefined for a type of a newer Kafka. */
export function typeOfCode(code: number): ConfigResourceType | undefined {
  return NAMES.find((name) => CODES[name] === code);
}

/** Equal for equal resources. */
export function resourceId({ resourceType, name }: ConfigResource): string {
  return `${resourceType} ${name}`;
}

/** For error texts: `topic orders`, `broker 1`. */
export function inText({ resourceType, name }: ConfigResource): string {
  if (resourceType === "BROKER" && name === "") return "all brokers";
  return `${resourceType.toLowerCase().replace("_", " ")} ${name}`;
}

/** The broker that has to be asked; undefined: any. */
export function nodeOf({ resourceType, name }: ConfigResource): number | undefined {
  return name !== "" && (resourceType === "BROKER" || resourceType === "BROKER_LOGGER") ? Number(name) : undefined;
}

/**
 * Refuses resources without a name, except all brokers together, and brokers whose name is no node id: the request goes
 * to the broker that has it.
 */
export function checkNames(resources: readonly ConfigResource[], path: string): void {
  for (const [i, { resourceType, name }] of resources.entries()) {
    if (name === "" && resourceType !== "BROKER" && resourceType !== "BROKER_LOGGER")
      throw new KafkaError("config", `${path}[${i}].name must not be empty: only all brokers together have no name`);
    const isBroker = resourceType === "BROKER" && name !== "";
    if ((isBroker || resourceType === "BROKER_LOGGER") && !/^\d{1,9}$/.test(name))
      throw new KafkaError("config", `${path}[${i}].name takes the node id of a broker as text, not ${inWords(name)}`);
  }
}
