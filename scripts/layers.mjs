// The layer table of docs/DESIGN.md, section 2: a folder may import from itself and from what stands here, type imports
// included.
const all = [
  "errors",
  "runtime",
  "wire",
  "records",
  "protocol",
  "serdes",
  "security",
  "hooks",
  "network",
  "cluster",
  "observing",
  "prometheus",
  "producer",
  "consumer",
  "admin",
  "exactly-once",
  "opentelemetry",
  "properties",
  "embedded",
  "simulation",
  "scenarios",
  "tunnel",
  "platform",
  "cli",
];
const clusterAndAbove = ["errors", "runtime", "wire", "records", "protocol", "security", "hooks", "network", "cluster"];

export const mayImport = {
  errors: [],
  runtime: ["errors"],
  wire: ["errors"],
  records: ["wire", "errors", "runtime"],
  protocol: ["records", "wire", "errors"],
  serdes: ["runtime", "errors", "wire"],
  security: ["runtime", "errors", "wire"],
  // Types only: of `cluster` those that are public.
  hooks: ["protocol", "errors", "runtime", "cluster"],
  network: ["hooks", "security", "protocol", "records", "wire", "errors", "runtime"],
  cluster: ["network", "hooks", "security", "protocol", "records", "wire", "errors", "runtime"],
  observing: clusterAndAbove,
  prometheus: [...clusterAndAbove, "observing"],
  producer: [...clusterAndAbove, "serdes"],
  consumer: [...clusterAndAbove, "serdes"],
  admin: [...clusterAndAbove, "serdes"],
  "exactly-once": [...clusterAndAbove, "serdes", "producer", "consumer"],
  opentelemetry: [...clusterAndAbove, "observing", "producer", "consumer"],
  properties: ["errors", "runtime", "wire", "security", "producer", "consumer"],
  embedded: ["security", "protocol", "records", "wire", "errors", "runtime"],
  simulation: ["runtime", "errors", "wire", "embedded", "protocol", "records"],
  // And the facade: see `facade` below.
  scenarios: ["errors", "runtime", "wire", "embedded", "simulation"],
  tunnel: ["errors"],
  platform: ["runtime", "errors", "tunnel"],
};

/** The files of src that are the client as its users have it, and the folders that may import them. */
const facade = { files: ["kafka", "index"], folders: ["scenarios"] };

/**
 * The rooms of a folder, from the bottom up: a room may import from itself and from those before it. The files of the
 * folder itself are above all of them.
 */
export const rooms = {
  producer: ["partition", "transactions", "sending", "accepting"],
  consumer: ["partitions", "fetching", "group", "reading", "health"],
};

/** The rooms that lie above the files of their folder, from the bottom up: those files may not import from them. */
export const upperRooms = {
  cluster: ["routing", "offsets"],
};

/** The folders of the drop-in for kafkajs, and those that each may import from; its own files lie beside them. */
const dropIn = {
  constants: [],
  errors: [],
  codecs: [],
  logging: [],
  retry: ["errors"],
  sasl: ["errors", "logging"],
  connecting: ["errors", "logging", "retry", "sasl"],
  events: ["errors", "logging", "connecting"],
  partitioners: ["connecting"],
  assigners: ["connecting"],
};
/** The clients of the drop-in may import from all of these, and not from each other. */
const dropInClients = ["producer", "consumer", "admin"];

/** Zones of import-x/no-restricted-paths for the drop-in. */
export function dropInLayers() {
  const folder = (name) => `./packages/kafkajs/src/${name}`;
  const below = Object.keys(dropIn);
  const allowed = { ...dropIn, ...Object.fromEntries(dropInClients.map((client) => [client, below])) };
  return Object.keys(allowed).flatMap((name) =>
    Object.keys(allowed)
      .filter((other) => other !== name && !allowed[name].includes(other))
      .map((other) => ({
        target: folder(name),
        from: folder(other),
        message: `packages/kafkajs/src/${name} may not import from ${other} (docs/DESIGN.md, section 2).`,
      })),
  );
}

/** Zones between the rooms of a folder, and between them and its own files. */
function roomZones() {
  return Object.entries(rooms).flatMap(([folder, names]) =>
    names.flatMap((name, i) => {
      const target = `./src/${folder}/${name}`;
      const below = [...names.slice(0, i), name].join(", ");
      const message = `src/${folder}/${name} may import only from ${below} (docs/DESIGN.md, section 2).`;
      const above = names.slice(i + 1).map((other) => ({ target, from: `./src/${folder}/${other}`, message }));
      return [...above, { target, from: `./src/${folder}/*.ts`, message }];
    }),
  );
}

/** Zones between the upper rooms of a folder, and between its own files and those rooms. */
function upperRoomZones() {
  return Object.entries(upperRooms).flatMap(([folder, names]) =>
    names.flatMap((name, i) => {
      const from = `./src/${folder}/${name}`;
      const message = `${from.slice(2)} lies above (docs/DESIGN.md, section 2).`;
      const below = names.slice(0, i).map((other) => ({ target: `./src/${folder}/${other}`, from, message }));
      return [...below, { target: `./src/${folder}/*.ts`, from, message }];
    }),
  );
}

/** Zones for import-x/no-restricted-paths: per folder, the folders it may not import. */
export function layers() {
  const zones = Object.entries(mayImport).flatMap(([folder, allowed]) =>
    all
      .filter((other) => other !== folder && !allowed.includes(other))
      .map((other) => ({
        target: `./src/${folder}`,
        from: `./src/${other}`,
        message: `src/${folder} may import only from ${allowed.join(", ") || "nothing"} (docs/DESIGN.md, section 2).`,
      })),
  );
  const entries = [
    "kafka",
    "kafka-options",
    "lazy-request-log",
    "standalone",
    "core",
    "index",
    "node",
    "embedded",
    "simulation",
    "runtime",
    "protocol",
    "records",
    "prometheus",
    "opentelemetry",
  ];
  const upward = Object.keys(mayImport).flatMap((folder) =>
    entries
      .filter((from) => !facade.folders.includes(folder) || !facade.files.includes(from))
      .map((from) => ({
        target: `./src/${folder}`,
        from: `./src/${from}.ts`,
        message: "Imports go down only: an entry point is above every folder.",
      })),
  );
  return [...zones, ...roomZones(), ...upperRoomZones(), ...upward];
}
