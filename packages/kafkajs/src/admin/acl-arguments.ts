import type { AclEntry, AclFilter } from "../api.ts";
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
} from "../constants/constants.ts";
import { checkNumbers, checkTexts, inText, listOf, refuse, type Unchecked } from "./argument-checks.ts";

/** A rule as CreateAcls takes it. */
export type AclToCreate = Omit<AclEntry, "resourcePatternType"> & { readonly resourcePatternType: number };

/** Members that are text, and what the texts of kafkajs call them. */
const TEXTS = ["principal", "host", "resourceName"] as const;

/** Members that are numbers, in the order of kafkajs's checks, and what its texts call them. */
const NUMBERS = [
  ["operation", AclOperationTypes, "operation type"],
  ["resourcePatternType", ResourcePatternTypes, "resource pattern type"],
  ["permissionType", AclPermissionTypes, "permission type"],
  ["resourceType", AclResourceTypes, "resource type"],
] as const;

/** Checks `acl` of `createAcls`. */
export function aclsToCreate(acl: unknown): readonly AclToCreate[] {
  const entries = listOf(acl, "Invalid ACL array");
  if (entries.length === 0) refuse("Empty ACL array");
  for (const member of TEXTS)
    checkTexts(entries, member, `Invalid ACL array, the ${member}s have to be a valid string`);
  for (const [member, values, name] of NUMBERS) checkNumbers(entries, member, values, name);
  return entries as unknown as readonly AclToCreate[];
}

/** Checks the filter of `describeAcls`. */
export function aclFilter(filter: Unchecked): AclFilter {
  for (const member of TEXTS)
    if (!isTextOrLeftOut(filter[member])) refuse(`Invalid ${member}, the ${member} have to be a valid string`);
  for (const [member, values, name] of NUMBERS)
    if (!Object.values<unknown>(values).includes(filter[member])) {
      const inFilter = member === "resourcePatternType" ? "resource pattern filter type" : name;
      refuse(`Invalid ${inFilter} ${inText(filter[member])}`);
    }
  return filter as unknown as AclFilter;
}

/** Checks `filters` of `deleteAcls`. */
export function aclFilters(filters: unknown): readonly AclFilter[] {
  const entries = listOf(filters, "Invalid ACL Filter array");
  if (entries.length === 0) refuse("Empty ACL Filter array");
  for (const member of TEXTS)
    if (entries.some((entry) => !isTextOrLeftOut(entry[member])))
      refuse(`Invalid ACL Filter array, the ${member}s have to be a valid string`);
  for (const [member, values, name] of NUMBERS) checkNumbers(entries, member, values, name);
  return entries as unknown as readonly AclFilter[];
}

function isTextOrLeftOut(value: unknown): boolean {
  return typeof value === "string" || value === undefined;
}
