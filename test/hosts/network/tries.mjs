// What a client does over the network with a real Kafka, on every host: the programs beside this file call it with the
// package and the connections of their host.

/**
 * Tries each thing, and returns "works" or the error of each. `package`: the exports of `odradek` that are used here.
 * `plain`, `tls` and `sasl`: options of `Kafka` for three listeners of one broker.
 */
export async function networkCells({ Kafka, string }, { topic, plain, tls, sasl }) {
  /** Calls `run` with a client, and closes it. */
  const withKafka = async (options, run) => {
    const kafka = new Kafka(options);
    try {
      return await run(kafka);
    } finally {
      await kafka.close();
    }
  };
  /** Sends one record. */
  const send = (options, value) =>
    withKafka(options, async (kafka) => {
      const { offset } = await kafka.producer().send({ topic, value });
      if (!(offset >= 0)) throw new Error(`the record has offset ${offset}`);
    });
  /** The first record that a group reads. */
  const firstOf = (options) =>
    withKafka(options, async (kafka) => {
      for await (const { value } of kafka.consumer({ groupId: topic, topics: [topic], value: string() })) return value;
    });
  const tries = {
    produce: () => send(plain, "over TCP"),
    group: async () => {
      const value = await firstOf(plain);
      if (value !== "over TCP") throw new Error(`the group read ${value}`);
    },
    transaction: () =>
      withKafka(plain, (kafka) =>
        kafka.producer({ transactionalId: topic }).transaction((tx) => tx.send({ topic, value: "in one" })),
      ),
    TLS: () => send(tls, "over TLS"),
    SASL: () => send(sasl, "after a login"),
  };
  const cells = {};
  for (const [name, run] of Object.entries(tries)) {
    try {
      await run();
      cells[name] = "works";
    } catch (error) {
      cells[name] = `**failed**: ${error.message}`;
    }
  }
  return cells;
}
