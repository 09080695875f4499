import type { AclFilter, Admin, DeleteAclResponse, DescribeAclResponse } from "../api.ts";
import { type AdminRequests, checkCode, checkCodes } from "./admin-requests.ts";
import { membersOf } from "./argument-checks.ts";
import { aclFilter, aclFilters, aclsToCreate } from "./acl-arguments.ts";

/** The calls about access rules. */
export function aclCalls(requests: AdminRequests): Pick<Admin, "createAcls" | "describeAcls" | "deleteAcls"> {
  return {
    createAcls: (options) => createAcls(requests, options),
    describeAcls: (options) => describeAcls(requests, options),
    deleteAcls: (options) => deleteAcls(requests, options),
  };
}

async function createAcls(requests: AdminRequests, options: unknown): Promise<boolean> {
  const creations = aclsToCreate(membersOf(options)["acl"]);
  return await requests.atController("Could not create ACL", async (to) => {
    const { results } = await requests.request("CreateAcls", { creations }, to);
    checkCodes(results);
    return true;
  });
}

async function describeAcls(requests: AdminRequests, options: unknown): Promise<DescribeAclResponse> {
  const { patternTypeFilter, ...filter } = filterMessage(aclFilter(membersOf(options)));
  return await requests.atController("Could not describe ACL", async (to) => {
    const { errorCode, resources } = await requests.request("DescribeAcls", { ...filter, patternTypeFilter }, to);
    checkCode(errorCode);
    const described = resources.map(({ resourceType, resourceName, patternType, acls }) => ({
      resourceType,
      resourceName,
      resourcePatternType: patternType,
      acls: acls.map(({ principal, host, operation, permissionType }) => ({
        principal,
        host,
        operation,
        permissionType,
      })),
    }));
    // kafkajs's types have more members, and its answers do not.
    return { resources: described } as unknown as DescribeAclResponse;
  });
}

async function deleteAcls(requests: AdminRequests, options: unknown): Promise<DeleteAclResponse> {
  const filters = aclFilters(membersOf(options)["filters"]).map(filterMessage);
  return await requests.atController("Could not delete ACL", async (to) => {
    const { filterResults } = await requests.request("DeleteAcls", { filters }, to);
    checkCodes(filterResults);
    checkCodes(filterResults.flatMap(({ matchingAcls }) => matchingAcls));
    const filterResponses = filterResults.map(({ errorCode, errorMessage, matchingAcls }) => ({
      errorCode,
      errorMessage,
      matchingAcls: matchingAcls.map((one) => ({
        errorCode: one.errorCode,
        errorMessage: one.errorMessage,
        resourceType: one.resourceType,
        resourceName: one.resourceName,
        resourcePatternType: one.patternType,
        principal: one.principal,
        host: one.host,
        operation: one.operation,
        permissionType: one.permissionType,
      })),
    }));
    return { filterResponses } as unknown as DeleteAclResponse;
  });
}

function filterMessage(filter: AclFilter): {
  readonly resourceTypeFilter: number;
  readonly resourceNameFilter: string | null;
  readonly patternTypeFilter: number;
  readonly principalFilter: string | null;
  readonly hostFilter: string | null;
  readonly operation: number;
  readonly permissionType: number;
} {
  return {
    resourceTypeFilter: filter.resourceType,
    resourceNameFilter: filter.resourceName ?? null,
    patternTypeFilter: filter.resourcePatternType,
    principalFilter: filter.principal ?? null,
    hostFilter: filter.host ?? null,
    operation: filter.operation,
    permissionType: filter.permissionType,
  };
}
