import {
  type DescribeAclsResponse,
  type DescribeAclsResponseDescribeAclsResource,
  describeAclsApi,
} from "../../protocol/messages/describe-acls.ts";
import type { Input } from "../../protocol/schema.ts";
import { codedEntry, codedResource, noAclAccess, NO_AUTHORIZER, readFilter } from "../acl-messages.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { type AclBinding, matchesFilter } from "../security/acl.ts";

/** DescribeAcls, 1 to 3: the access control entries that a filter selects. */
export function describeAcls(): AnyHandler {
  return handler({
    api: describeAclsApi,
    min: 1,
    max: 3,
    handle: (request, { cluster, access }): Input<DescribeAclsResponse> => {
      const { acls } = cluster.security;
      if (acls === undefined) return { ...NO_AUTHORIZER, errorMessage: "No Authorizer is configured on the broker" };
      if (access?.deniesCluster("DESCRIBE") === true) return noAclAccess("DESCRIBE");
      const filter = readFilter(request);
      return { resources: byResource([...acls.all].filter((binding) => matchesFilter(filter, binding))) };
    },
  });
}

function byResource(bindings: readonly AclBinding[]): readonly Input<DescribeAclsResponseDescribeAclsResource>[] {
  const resources = new Map<string, AclBinding[]>();
  for (const binding of bindings) {
    const { resourceType, name, patternType } = binding;
    const key = JSON.stringify([resourceType, name, patternType]);
    resources.set(key, [...(resources.get(key) ?? []), binding]);
  }
  return [...resources.values()].flatMap((all) =>
    all[0] === undefined ? [] : [{ ...codedResource(all[0]), acls: all.map(codedEntry) }],
  );
}
