/** The names of APIs that kafkajs calls otherwise than Kafka. */
const API_NAMES: Readonly<Record<string, string>> = { FindCoordinator: "GroupCoordinator" };

/** kafkajs's name of one of Kafka's APIs. */
export function kafkaJsApiName(name: string): string {
  return API_NAMES[name] ?? name;
}
