import * as ErrorCode from "../../errors/error-code.ts";
import type { ClusterConfigs, ConfigValues } from "./cluster-configs.ts";
import { type ConfigChange, type ConfigRefusal, refusal } from "./config-change.ts";
import { valueError } from "./config-value.ts";

/** Certificates and keys: they can change only for one listener, by a name that begins with the listener's. */
const ONLY_OF_A_LISTENER: ReadonlySet<string> = new Set([
  "ssl.key.password",
  "ssl.keystore.certificate.chain",
  "ssl.keystore.key",
  "ssl.keystore.location",
  "ssl.keystore.password",
  "ssl.keystore.type",
  "ssl.truststore.certificates",
  "ssl.truststore.location",
  "ssl.truststore.password",
  "ssl.truststore.type",
]);
/** The numbers of threads, which may at most double or halve. */
const THREADS: ReadonlySet<string> = new Set([
  "background.threads",
  "num.io.threads",
  "num.network.threads",
  "num.recovery.threads.per.data.dir",
  "num.replica.fetchers",
]);
const MIN_ISR = "min.insync.replicas";

/** Why these configs cannot be set for a broker, or for all of them, while it runs. In Kafka's words and order. */
export function brokerConfigsError(
  values: ConfigValues,
  isForAll: boolean,
  configs: ClusterConfigs,
  nodeId: number,
): ConfigRefusal | undefined {
  const { brokers } = configs;
  const names = [...values.keys()];
  const refused = (why: string, wrong: readonly string[]): ConfigRefusal | undefined =>
    wrong.length === 0 ? undefined : refusal(ErrorCode.INVALID_REQUEST, `${why}: [${wrong.join(", ")}]`);
  return (
    refused(
      "Cannot update these configs dynamically",
      names.filter((name) => brokers.all.get(name)?.update === "fixed"),
    ) ??
    refused(
      "These security configs can be dynamically updated only per-listener using the listener prefix",
      names.filter((name) => ONLY_OF_A_LISTENER.has(name)),
    ) ??
    typesError(values, configs) ??
    refused(
      "Cannot update these configs at default cluster level, broker id must be specified",
      names.filter((name) => isForAll && brokers.key(name)?.update === "broker"),
    ) ??
    threadsError(values, configs, nodeId)
  );
}

/** Why these configs may not follow those of before while leaders are elected from eligible replicas (KIP-966). */
export function eligibilityError(
  before: ConfigValues,
  after: ConfigValues,
  changes: readonly ConfigChange[],
  isForAll: boolean,
): ConfigRefusal | undefined {
  if (isForAll && before.has(MIN_ISR) && !after.has(MIN_ISR))
    return refusal(
      ErrorCode.INVALID_CONFIG,
      "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.",
    );
  return isForAll || !changes.some(({ name }) => name === MIN_ISR)
    ? undefined
    : refusal(ErrorCode.INVALID_CONFIG, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
}

function typesError(values: ConfigValues, { brokers }: ClusterConfigs): ConfigRefusal | undefined {
  for (const [name, value] of values) {
    const key = brokers.key(name);
    const why = key === undefined ? undefined : valueError(name, key, value);
    if (why !== undefined) return refusal(ErrorCode.INVALID_REQUEST, why);
  }
  return undefined;
}

function threadsError(values: ConfigValues, configs: ClusterConfigs, nodeId: number): ConfigRefusal | undefined {
  for (const [name, value] of values) {
    if (!THREADS.has(name)) continue;
    const current = configs.brokerNumber(name, nodeId);
    const wanted = Number(value);
    const limit =
      wanted > current * 2
        ? "value should not be greater than double the current value"
        : wanted < current / 2
          ? "value should be at least half the current value"
          : undefined;
    if (limit === undefined) continue;
    const why = `Dynamic thread count update validation failed for ${name}=${wanted}, ${limit} ${current}`;
    // Kafka takes the exception for a value.
    return refusal(
      ErrorCode.INVALID_REQUEST,
      `Invalid value org.apache.kafka.common.config.ConfigException: ${why} for configuration Invalid dynamic ` +
        "configuration",
    );
  }
  return undefined;
}
