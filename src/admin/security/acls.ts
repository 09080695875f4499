import type { ClusterClient } from "../../cluster/cluster-client.ts";
import { done, refusal, type Verdict } from "../../cluster/routing/verdict.ts";
import { counted } from "../../errors/counted.ts";
import * as ErrorCode from "../../errors/error-code.ts";
import { KafkaError } from "../../errors/kafka-error.ts";
import { anything, listOf, reading } from "../../errors/shape.ts";
import { createAclsApi } from "../../protocol/messages/create-acls.ts";
import { type DeleteAclsResponseDeleteAclsFilterResult, deleteAclsApi } from "../../protocol/messages/delete-acls.ts";
import { describeAclsApi } from "../../protocol/messages/describe-acls.ts";
import type { NewAcl } from "../../security/new-acl.ts";
import {
  type AclBinding,
  type AclFilter,
  aclFromWire,
  aclToWire,
  bindingOf,
  filterOf,
  filterToWire,
  idOfBinding,
  idOfFilter,
  inText,
  isBlank,
} from "./acl.ts";
import { askItems, askOne, notAnswered, resultsOf } from "../ask-items.ts";
import { type CallOptions, callLimit } from "../call-options.ts";
import { itemError, itemVerdict } from "../item-error.ts";
import type { Results } from "../results.ts";

const ACLS = listOf(anything, ": pass the list of ACLs, [{ resourceType, name, principal, operation }]");
const FILTERS = listOf(anything, ": pass the list of filters, [{ resourceType, name }]");

/** See `Admin.describeAcls`. */
export async function describeAcls(
  client: ClusterClient,
  filter: AclFilter,
  options: CallOptions,
): Promise<readonly AclBinding[]> {
  const wanted = filterToWire(filterOf(filter, "describeAcls: filter"));
  const limit = callLimit(options, "describeAcls");
  const what = "cannot describe ACLs";
  return askOne(
    client,
    {
      what,
      send: async (connection) => {
        const { errorCode, errorMessage, resources } = await connection.request(describeAclsApi, wanted);
        if (errorCode !== ErrorCode.NONE) return refusal(itemError(errorCode, what, errorMessage));
        const found = resources.flatMap(({ acls, ...resource }) => acls.map((acl) => ({ ...resource, ...acl })));
        return done(found.map(aclFromWire));
      },
    },
    limit,
  );
}

/** See `Admin.createAcls`. */
export async function createAcls(
  client: ClusterClient,
  acls: readonly (NewAcl | AclBinding)[],
  options: CallOptions,
): Promise<Results<NewAcl | AclBinding, AclBinding>> {
  ACLS(acls, "createAcls: acls");
  // Array.from, because map skips the holes of a list.
  const keys = reading("createAcls: acls", () =>
    Array.from(acls, (acl, i) => bindingOf(acl, `createAcls: acls[${i}]`)),
  );
  const limit = callLimit(options, "createAcls");
  const results = await askItems<AclBinding, AclBinding>(
    client,
    {
      what: `cannot create ${counted(keys.length, "ACL")}`,
      keys,
      route: { to: "any" },
      isChange: true,
      send: async (connection, asked) => {
        const { results } = await connection.request(createAclsApi, { creations: asked.map(aclToWire) });
        return asked.map((acl, i) => {
          const { errorCode, errorMessage } = results[i] ?? notAnswered("CreateAcls");
          return errorCode === ErrorCode.NONE
            ? done(acl)
            : itemVerdict(itemError(errorCode, `cannot create ${inText(acl)}`, errorMessage));
        });
      },
    },
    limit,
  );
  return resultsOf<NewAcl | AclBinding, AclBinding>(keys, results, idOfBinding);
}

/** See `Admin.deleteAcls`. */
export async function deleteAcls(
  client: ClusterClient,
  filters: readonly AclFilter[],
  options: CallOptions,
): Promise<Results<AclFilter, readonly AclBinding[]>> {
  FILTERS(filters, "deleteAcls: filters");
  const keys = reading("deleteAcls: filters", () =>
    Array.from(filters, (one, i) => deletable(one, `deleteAcls: filters[${i}]`)),
  );
  const limit = callLimit(options, "deleteAcls");
  const results = await askItems<AclFilter, readonly AclBinding[]>(
    client,
    {
      what: `cannot delete the ACLs of ${counted(keys.length, "filter")}`,
      keys,
      route: { to: "any" },
      isChange: true,
      send: async (connection, asked) => {
        const { filterResults } = await connection.request(deleteAclsApi, { filters: asked.map(filterToWire) });
        return asked.map((filter, i) => deleted(filter, filterResults[i] ?? notAnswered("DeleteAcls")));
      },
    },
    limit,
  );
  return resultsOf(keys, results, idOfFilter);
}

/** A filter by which ACLs may be deleted. A blank one, made by mistake, would delete every ACL of the cluster. */
function deletable(filter: AclFilter, path: string): AclFilter {
  const own = filterOf(filter, path);
  if (isBlank(own))
    throw new KafkaError(
      "config",
      `${path} has no field, and would delete all ACLs of the cluster; if you want that, set resourceType: "ANY"`,
    );
  return own;
}

/** The verdict on a filter: if one ACL that it selects was not deleted, that is the filter's error. */
function deleted(
  filter: AclFilter,
  { errorCode, errorMessage, matchingAcls }: DeleteAclsResponseDeleteAclsFilterResult,
): Verdict<readonly AclBinding[]> {
  if (errorCode !== ErrorCode.NONE)
    return itemVerdict(itemError(errorCode, `cannot delete the ACLs of ${JSON.stringify(filter)}`, errorMessage));
  const failed = matchingAcls.find((acl) => acl.errorCode !== ErrorCode.NONE);
  if (failed === undefined) return done(matchingAcls.map(aclFromWire));
  const count = matchingAcls.filter((acl) => acl.errorCode === ErrorCode.NONE).length;
  const all = counted(matchingAcls.length, "ACL");
  const what = `deleted ${count} of ${all}; cannot delete ${inText(aclFromWire(failed))}`;
  return itemVerdict(itemError(failed.errorCode, what, failed.errorMessage));
}
