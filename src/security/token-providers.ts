import { lateCode } from "../errors/late-code.ts";
import type { AwsOptions } from "./aws-credentials.ts";
import type * as AwsMsk from "./aws-msk.ts";
import type * as Azure from "./azure-managed-identity.ts";
import type { AzureOptions } from "./azure-managed-identity.ts";
import type * as Gcp from "./gcp-metadata.ts";
import type { TokenProvider } from "./token.ts";

/**
 * Tokens for Amazon MSK with IAM, for the option `token` of the mechanism OAUTHBEARER. Credentials come from the
 * options, the environment, the container or the machine. One token serves all brokers.
 */
export function awsMsk(options: AwsOptions = {}): TokenProvider {
  return loaded(async () => (await loadAwsMsk()).awsMsk(options));
}

/** Tokens of an Azure managed identity: of App Service if its variables are set, else of the virtual machine. */
export function azureManagedIdentity(options: AzureOptions): TokenProvider {
  return loaded(async () => (await loadAzure()).azureManagedIdentity(options));
}

/** Tokens of the service account of a Google Cloud machine, for Managed Service for Apache Kafka. */
export function gcpMetadata(): TokenProvider {
  return loaded(async () => (await loadGcp()).gcpMetadata());
}

/** A provider whose code is loaded when the first token is needed. */
function loaded(load: () => Promise<TokenProvider>): TokenProvider {
  let made: Promise<TokenProvider> | undefined;
  return async (context) => {
    made ??= load().catch((error: unknown) => {
      made = undefined; // the next token tries it again
      throw error;
    });
    const provider = await made;
    return provider(context);
  };
}

const loadAwsMsk = (): Promise<typeof AwsMsk> => lateCode(import("./aws-msk.ts"), "awsMsk");
const loadAzure = (): Promise<typeof Azure> => lateCode(import("./azure-managed-identity.ts"), "azureManagedIdentity");
const loadGcp = (): Promise<typeof Gcp> => lateCode(import("./gcp-metadata.ts"), "gcpMetadata");

/** Loads the code of all providers. */
export async function loadTokenProviders(): Promise<void> {
  for (const load of [loadAwsMsk, loadAzure, loadGcp]) await load();
}
