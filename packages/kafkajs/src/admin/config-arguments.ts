import { ConfigResourceTypes } from "../constants/constants.ts";
import { checkNumbers, inText, listOf, membersOf, refuse, type Unchecked } from "./argument-checks.ts";

/** What has settings, as requests name it. */
export interface ConfigResource {
  readonly resourceType: number;
  readonly resourceName: string;
}

/** A resource as DescribeConfigs takes it. */
export interface ResourceToDescribe extends ConfigResource {
  /** The names of settings; null: all. */
  readonly configurationKeys: readonly string[] | null;
}

/** A resource as AlterConfigs takes it. */
export interface ResourceToAlter extends ConfigResource {
  readonly configs: readonly { readonly name: string; readonly value: string }[];
}

/** Checks `resources` of `describeConfigs`. */
export function configsToDescribe(resources: unknown): readonly ResourceToDescribe[] {
  const entries = resourcesOf(resources);
  checkLists(entries, "configNames", (list) => list === undefined || list === null);
  return entries.map((entry) => {
    const names = (entry["configNames"] ?? []) as readonly string[];
    return { ...resourceOf(entry), configurationKeys: names.length === 0 ? null : names };
  });
}

/** Checks `resources` of `alterConfigs`. */
export function configsToAlter(resources: unknown): readonly ResourceToAlter[] {
  const entries = resourcesOf(resources);
  checkLists(entries, "configEntries", () => false);
  return entries.map((entry) => {
    const configs = (entry["configEntries"] as readonly unknown[]).map(membersOf);
    if (configs.some(({ name, value }) => typeof name !== "string" || typeof value !== "string"))
      refuse(`Invalid resource config value: ${JSON.stringify(entry)}`);
    return {
      ...resourceOf(entry),
      configs: configs.map(({ name, value }) => ({ name: name as string, value: value as string })),
    };
  });
}

function resourcesOf(resources: unknown): readonly Unchecked[] {
  const entries = listOf(resources, "Invalid resources array");
  if (entries.length === 0) refuse("Resources array cannot be empty");
  checkNumbers(entries, "type", ConfigResourceTypes, "resource type");
  const wrong = entries.find(({ name }) => typeof name !== "string" || name === "");
  if (wrong !== undefined) refuse(`Invalid resource name ${inText(wrong["name"])}: ${JSON.stringify(wrong)}`);
  return entries;
}

function checkLists(entries: readonly Unchecked[], member: string, isLeftOut: (list: unknown) => boolean): void {
  const wrong = entries.find((entry) => !Array.isArray(entry[member]) && !isLeftOut(entry[member]));
  if (wrong !== undefined) refuse(`Invalid resource ${member} ${inText(wrong[member])}: ${JSON.stringify(wrong)}`);
}

function resourceOf({ type, name }: Unchecked): ConfigResource {
  return { resourceType: type as number, resourceName: name as string };
}
