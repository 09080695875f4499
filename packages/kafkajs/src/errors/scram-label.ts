/** The words by which kafkajs's errors name SCRAM. `mechanism` is its name on the wire. */
export function scramLabel(mechanism: string): string {
  return `SASL ${mechanism.replace("SCRAM-SHA-", "SCRAM SHA")} authentication`;
}
