import { type Check, name, shape } from "../errors/shape.ts";
import { httpText } from "./http-text.ts";
import { queryOf } from "./percent-encode.ts";
import { tokenOf } from "./token-answer.ts";
import type { TokenProvider } from "./token.ts";

/** Options of {@link azureManagedIdentity}. */
export interface AzureOptions {
  /** The resource, for example `https://NAMESPACE.servicebus.windows.net` for Event Hubs. */
  readonly resource: string;
  /** The client id of a user-assigned identity. Default: the system's. */
  readonly clientId?: string | undefined;
}

const OPTIONS: Check = shape({ resource: name, clientId: name }, { needs: ["resource"] });

/** Tokens of an Azure managed identity: of App Service if its variables are set, else of the virtual machine. */
export function azureManagedIdentity(options: AzureOptions): TokenProvider {
  OPTIONS(options, "azureManagedIdentity");
  return async (context) => {
    const app = context.environment?.("IDENTITY_ENDPOINT");
    const header = context.environment?.("IDENTITY_HEADER") ?? "";
    const query = queryOf({
      "api-version": app ? "2019-08-01" : "2018-02-01",
      resource: options.resource,
      ...(options.clientId === undefined ? {} : { client_id: options.clientId }),
    });
    const what = "Azure's identity endpoint";
    const secrets = [header];
    const url = `${app || "http://169.254.169.254/metadata/identity/oauth2/token"}?${query}`;
    const headers: Readonly<Record<string, string>> = app ? { "X-IDENTITY-HEADER": header } : { Metadata: "true" };
    const answer = await httpText({ url, headers, what, method: "GET", secrets }, context);
    return tokenOf({ ...answer, endpoint: what, secrets }, context.nowMs);
  };
}
