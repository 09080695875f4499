import { createAclsApi } from "../../protocol/messages/create-acls.ts";
import { hasFilterWord, noAclAccess, NO_AUTHORIZER, readAcl, UNEXPLAINED } from "../acl-messages.ts";
import { type AnyHandler, handler } from "../handler.ts";

/** CreateAcls, 1 to 3: adds access control entries, which have an effect on the next request. */
export function createAcls(): AnyHandler {
  return handler({
    api: createAclsApi,
    min: 1,
    max: 3,
    handle: ({ creations }, { cluster, access }) => {
      const { acls } = cluster.security;
      if (acls === undefined) return { results: creations.map(() => NO_AUTHORIZER) };
      if (access?.deniesCluster("ALTER") === true) return { results: creations.map(() => noAclAccess("ALTER")) };
      if (creations.some(hasFilterWord)) return { results: creations.map(() => UNEXPLAINED) };
      return {
        results: creations.map((given) => {
          const binding = readAcl(given);
          if ("errorCode" in binding) return binding;
          acls.add(binding);
          return { errorMessage: null };
        }),
      };
    },
  });
}
