import { KafkaError } from "../errors/kafka-error.ts";
import { reading } from "../errors/shape.ts";
import { httpText } from "./http-text.ts";
import { textField } from "./json.ts";
import { quoted } from "./redact.ts";
import { answeredFields, refusedBy } from "./token-answer.ts";
import type { TokenContext } from "./token.ts";
import { parseUtc } from "./utc.ts";
import { whenSettled } from "../runtime/when-settled.ts";

/** Credentials of AWS. */
export interface AwsCredentials {
  /** The id of the access key. */
  readonly accessKeyId: string;
  /** The secret of the access key. */
  readonly secretAccessKey: string;
  /** The session's token, of temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** When temporary credentials end, in ms since the epoch. */
  readonly expiresAtMs?: number | undefined;
}

/** Credentials, or a function that returns them. It is called at each authentication. */
export type AwsCredentialsOption = AwsCredentials | (() => AwsCredentials | PromiseLike<AwsCredentials>);

/** Options of everything that signs requests for MSK. */
export interface AwsOptions {
  /** Default: the region in the broker's name, else AWS_REGION or AWS_DEFAULT_REGION. */
  readonly region?: string | undefined;
  /** Default: the environment, then the container's endpoint, then the instance's metadata. */
  readonly credentials?: AwsCredentialsOption | undefined;
}

/** Temporary credentials are replaced this long before they end. */
const SPARE_MS = 300_000;
const INSTANCE = "http://169.254.169.254/latest";
const CONTAINER = "http://169.254.170.2";

/** The current credentials: from the option, or those of the host, which are kept until they end soon. */
export class AwsCredentialsSource {
  readonly #option: AwsCredentialsOption | undefined;
  #kept: AwsCredentials | undefined;
  #asking: SharedRequest | undefined;

  constructor(option: AwsCredentialsOption | undefined) {
    this.#option = option;
  }

  /** The credentials. Concurrent calls share one request. */
  async get(context: TokenContext): Promise<AwsCredentials> {
    if (this.#option !== undefined) return await given(this.#option);
    const kept = this.#kept;
    if (kept !== undefined && context.nowMs < (kept.expiresAtMs ?? 0) - SPARE_MS) return kept;
    for (;;) {
      const asking = (this.#asking ??= this.#ask(context));
      try {
        return (this.#kept = await asking.credentials);
      } catch (error) {
        // The request ended with the connection that began it, and this one still waits.
        if (!asking.signal.aborted || context.signal.aborted) throw error;
      }
    }
  }

  #ask(context: TokenContext): SharedRequest {
    const credentials = whenSettled(hostCredentials(context), () => (this.#asking = undefined));
    return { credentials, signal: context.signal };
  }
}

/** A request for credentials, and the signal that ends it. */
interface SharedRequest {
  readonly credentials: Promise<AwsCredentials>;
  readonly signal: TokenContext["signal"];
}

/** The region: the option's, or the environment's. */
export function regionOf(option: string | undefined, context: TokenContext): string {
  const region = option ?? context.environment?.("AWS_REGION") ?? context.environment?.("AWS_DEFAULT_REGION");
  if (region === undefined || !/^[a-z0-9-]+$/.test(region))
    throw new KafkaError("config", "sasl: region is not known: set it, for example to eu-west-1, or set AWS_REGION");
  return region;
}

async function given(option: AwsCredentialsOption): Promise<AwsCredentials> {
  let credentials: unknown;
  try {
    credentials = typeof option === "function" ? await option() : option;
  } catch (cause) {
    if (KafkaError.is(cause)) throw cause;
    throw new KafkaError("connection", "the function sasl: credentials failed; it is called again", {
      cause,
      retriable: true,
    });
  }
  return reading("sasl: credentials", () => checked(credentials));
}

function checked(value: unknown): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiresAtMs } = (value ?? {}) as Partial<
    Record<keyof AwsCredentials, unknown>
  >;
  if (!isText(accessKeyId) || !isText(secretAccessKey))
    throw new KafkaError("config", "sasl: credentials must return an object with accessKeyId and secretAccessKey");
  if (sessionToken !== undefined && !isText(sessionToken))
    throw new KafkaError("config", "sasl: credentials returned a sessionToken that is not a string, or is empty");
  if (expiresAtMs !== undefined && (typeof expiresAtMs !== "number" || Number.isNaN(expiresAtMs)))
    throw new KafkaError("config", "sasl: credentials returned an expiresAtMs that is not a number");
  return { accessKeyId, secretAccessKey, sessionToken, expiresAtMs };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

async function hostCredentials(context: TokenContext): Promise<AwsCredentials> {
  return ofEnvironment(context) ?? (await ofContainer(context)) ?? (await ofInstance(context));
}

function ofEnvironment({ environment }: TokenContext): AwsCredentials | undefined {
  const accessKeyId = environment?.("AWS_ACCESS_KEY_ID");
  const secretAccessKey = environment?.("AWS_SECRET_ACCESS_KEY");
  if (!accessKeyId || !secretAccessKey) return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: environment?.("AWS_SESSION_TOKEN") };
}

/** The endpoint of ECS and EKS. */
async function ofContainer(context: TokenContext): Promise<AwsCredentials | undefined> {
  const { environment } = context;
  const path = environment?.("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const url = path ? `${CONTAINER}${path}` : environment?.("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!url) return undefined;
  // As in AWS's own libraries: without TLS, the secret goes only to hosts that are known to be this machine.
  if (!/^(https:|http:\/\/(169\.254\.170\.(2|23)|localhost|127\.0\.0\.1|\[::1\]|\[fd00:ec2::23\])(:\d+)?\/)/.test(url))
    throw new KafkaError("config", "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor an address of this host");
  const token = environment?.("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (!token && environment?.("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
    throw new KafkaError(
      "unsupported",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is not read: pass a function as sasl: credentials",
    );
  return await credentialsAt(url, token ? { Authorization: token } : {}, context);
}

/** The metadata of an EC2 instance, version 2: a token comes first, so that proxies cannot be abused to read it. */
async function ofInstance(context: TokenContext): Promise<AwsCredentials> {
  if (context.environment?.("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true")
    throw new KafkaError("config", "there are no AWS credentials: pass sasl: credentials, or set AWS_ACCESS_KEY_ID");
  const ttl = { "X-aws-ec2-metadata-token-ttl-seconds": "21600" };
  const token = await textAt(`${INSTANCE}/api/token`, "PUT", ttl, context);
  const headers = { "X-aws-ec2-metadata-token": token };
  const roles = `${INSTANCE}/meta-data/iam/security-credentials/`;
  const [role = ""] = (await textAt(roles, "GET", headers, context)).split("\n");
  return await credentialsAt(`${roles}${role.trim()}`, headers, context);
}

const WHAT = "the endpoint of AWS credentials";

async function textAt(
  url: string,
  method: "GET" | "PUT",
  headers: Readonly<Record<string, string>>,
  context: TokenContext,
): Promise<string> {
  const secrets = Object.values(headers);
  const answer = await httpText({ url, what: WHAT, method, headers, secrets }, context);
  if (answer.status !== 200) throw refusedBy({ ...answer, endpoint: WHAT, secrets });
  return answer.text;
}

async function credentialsAt(
  url: string,
  headers: Readonly<Record<string, string>>,
  context: TokenContext,
): Promise<AwsCredentials> {
  const secrets = Object.values(headers);
  const answer = await httpText({ url, what: WHAT, method: "GET", headers, secrets }, context);
  const fields = answeredFields({ ...answer, endpoint: WHAT, secrets });
  const accessKeyId = textField(fields, "AccessKeyId");
  const secretAccessKey = textField(fields, "SecretAccessKey");
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const code = textField(fields, "Code");
    const reason = code === undefined ? "" : `: ${quoted(code, secrets)}`;
    throw new KafkaError("authentication", `the answer of ${WHAT} has no credentials${reason}`);
  }
  const expiresAtMs = parseUtc(textField(fields, "Expiration") ?? "");
  return { accessKeyId, secretAccessKey, sessionToken: textField(fields, "Token"), expiresAtMs };
}
