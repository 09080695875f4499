// network-child.mjs FACTS: on a host with Node's API, what a client does over TCP with a real Kafka. FACTS is a JSON
// object: `odradek` (the package's file), `topic`, `plain`, `tls` and `sasl` (options of `Kafka`). Prints, as JSON,
// "works" or the error of each.
const facts = JSON.parse(process.argv[2]);
const { Kafka, string } = await import(facts.odradek);
const { topic } = facts;

/** Sends one record. Returns its offset. */
async function send(options, value) {
  const kafka = new Kafka(options);
  try {
    const { offset } = await kafka.producer().send({ topic, value });
    if (!(offset >= 0)) throw new Error(`the record has offset ${offset}`);
  } finally {
    await kafka.close();
  }
}

/** The first record that a group reads. */
async function firstOf(options) {
  const kafka = new Kafka(options);
  try {
    for await (const { value } of kafka.consumer({ groupId: topic, topics: [topic], value: string() })) return value;
  } finally {
    await kafka.close();
  }
}

const TRIES = {
  produce: () => send(facts.plain, "over TCP"),
  group: async () => {
    const value = await firstOf(facts.plain);
    if (value !== "over TCP") throw new Error(`the group read ${value}`);
  },
  transaction: async () => {
    const kafka = new Kafka(facts.plain);
    try {
      await kafka.producer({ transactionalId: topic }).transaction((tx) => tx.send({ topic, value: "in one" }));
    } finally {
      await kafka.close();
    }
  },
  TLS: () => send(facts.tls, "over TLS"),
  SASL: () => send(facts.sasl, "after a login"),
};

const cells = {};
for (const [name, run] of Object.entries(TRIES)) {
  try {
    await run();
    cells[name] = "works";
  } catch (error) {
    cells[name] = `**failed**: ${error.message}`;
  }
}
console.log(JSON.stringify(cells));
