import type { ApiName, RequestOf, ResponseOf } from "./api-name.ts";
import { knownApi } from "./known-apis.ts";
import { schemas } from "./messages/all.ts";
import type { Api, MessageSchema } from "./schema.ts";

/** The API with a name. Throws kind `config` that names similar ones; `path` says where the name stands. */
export function apiNamed<N extends ApiName>(given: N, path: string): Api<RequestOf<N>, ResponseOf<N>> {
  const { key, name } = knownApi(given, path);
  return {
    key,
    name,
    request: schemas[`${name}Request`] as MessageSchema<unknown> as MessageSchema<RequestOf<N>>,
    response: schemas[`${name}Response`] as MessageSchema<unknown> as MessageSchema<ResponseOf<N>>,
  };
}
