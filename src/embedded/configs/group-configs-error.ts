import * as ErrorCode from "../../errors/error-code.ts";
import type { ClusterConfigs, ConfigValues } from "./cluster-configs.ts";
import { type ConfigRefusal, refusal } from "./config-change.ts";
import { valueError, wordsOf } from "./config-value.ts";

/** The part of a broker's config before the place where the limits have `min.` or `max.`. */
const OF_A_TYPE = /^group\.(?:consumer|share|streams)\./;

/** Why a group cannot have these configs, in Kafka's words: unknown names, wrong values, and the brokers' limits. */
export function groupConfigsError(
  groupId: string,
  values: ConfigValues,
  configs: ClusterConfigs,
  nodeId: number,
): ConfigRefusal | undefined {
  if (groupId === "") return refusal(ErrorCode.INVALID_REQUEST, "Default group resources are not allowed.");
  const { groups } = configs.brokers;
  const invalid = (text: string): ConfigRefusal => refusal(ErrorCode.INVALID_CONFIG, text);
  for (const name of values.keys()) if (!groups.has(name)) return invalid(`Unknown group config name: ${name}`);
  for (const [name, key] of groups) {
    const value = values.get(name);
    const why = value === undefined ? undefined : valueError(name, key, value);
    if (why !== undefined) return invalid(why);
  }
  for (const [name, value] of values) {
    const why = limitError(name, value, configs, nodeId);
    if (why !== undefined) return invalid(why);
  }
  return undefined;
}

function limitError(name: string, value: string, configs: ClusterConfigs, nodeId: number): string | undefined {
  if (name === "streams.assignor.name") {
    const assignors = wordsOf(configs.brokerValue("group.streams.assignors", nodeId) ?? "");
    return assignors.includes(value.trim())
      ? undefined
      : `${name} '${value}' is not a registered task assignor. Registered assignors are: [${assignors.join(", ")}].`;
  }
  if (name === "streams.rack.aware.assignment.tags") {
    const tags = wordsOf(value);
    return new Set(tags).size === tags.length ? undefined : `${name} must not contain duplicate tag keys.`;
  }
  if (name === "streams.num.standby.replicas") {
    const most = configs.brokerNumber("group.streams.max.standby.replicas", nodeId);
    return Number(value) > most ? `${name} must be less than or equal to ${most}` : undefined;
  }
  const [behind = ""] = configs.brokers.groups.get(name)?.brokers ?? [];
  const limit = (word: string): string => behind.replace(OF_A_TYPE, (start) => `${start}${word}.`);
  if (!OF_A_TYPE.test(behind) || !configs.brokers.all.has(limit("min"))) return undefined;
  const [least, most] = [configs.brokerNumber(limit("min"), nodeId), configs.brokerNumber(limit("max"), nodeId)];
  return Number(value) < least || Number(value) > most
    ? `${name} must be in the range ${least} to ${most} inclusive.`
    : undefined;
}
