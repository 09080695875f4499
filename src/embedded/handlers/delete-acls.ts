import { deleteAclsApi } from "../../protocol/messages/delete-acls.ts";
import { codedEntry, codedResource, noAclAccess, NO_AUTHORIZER, readFilter } from "../acl-messages.ts";
import { type AnyHandler, handler } from "../handler.ts";
import { matchesFilter } from "../security/acl.ts";

/** DeleteAcls, 1 to 3: removes the access control entries that filters select. */
export function deleteAcls(): AnyHandler {
  return handler({
    api: deleteAclsApi,
    min: 1,
    max: 3,
    handle: ({ filters }, { cluster, access }) => {
      const { acls } = cluster.security;
      if (acls === undefined) return { filterResults: filters.map(() => NO_AUTHORIZER) };
      if (access?.deniesCluster("ALTER") === true) return { filterResults: filters.map(() => noAclAccess("ALTER")) };
      // An entry that two filters select is in both results: nothing is removed before all filters have been read.
      const selected = filters
        .map(readFilter)
        .map((filter) => [...acls.all].filter((binding) => matchesFilter(filter, binding)));
      for (const bindings of selected) for (const one of bindings) acls.remove(one);
      return {
        filterResults: selected.map((bindings) => ({
          errorMessage: null,
          matchingAcls: bindings.map((binding) => ({
            errorMessage: null,
            ...codedResource(binding),
            ...codedEntry(binding),
          })),
        })),
      };
    },
  });
}
