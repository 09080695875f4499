// The layer table of docs/DESIGN.md, section 2: a folder may import from itself and from what stands here, type imports
// included.
const all = [
  "errors",
  "runtime",
  "wire",
  "records",
  "protocol",
  "serdes",
  "network",
  "cluster",
  "producer",
  "consumer",
  "admin",
  "exactly-once",
  "embedded",
  "simulation",
  "platform",
  "cli",
];
const clusterAndAbove = ["errors", "runtime", "wire", "records", "protocol", "network", "cluster"];

export const mayImport = {
  errors: [],
  runtime: ["errors"],
  wire: ["errors"],
  records: ["wire", "errors", "runtime"],
  protocol: ["records", "wire", "errors"],
  serdes: ["runtime", "errors", "wire"],
  network: ["protocol", "records", "wire", "errors", "runtime"],
  cluster: ["network", "protocol", "records", "wire", "errors", "runtime"],
  producer: [...clusterAndAbove, "serdes"],
  consumer: [...clusterAndAbove, "serdes"],
  admin: [...clusterAndAbove, "serdes"],
  "exactly-once": [...clusterAndAbove, "serdes", "producer", "consumer"],
  embedded: ["protocol", "records", "wire", "errors", "runtime"],
  simulation: ["runtime", "errors", "wire", "embedded", "protocol", "records"],
  platform: ["runtime", "errors"],
};

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
    "standalone",
    "core",
    "index",
    "node",
    "embedded",
    "simulation",
    "runtime",
    "protocol",
    "records",
  ].map((name) => `./src/${name}.ts`);
  const upward = Object.keys(mayImport).flatMap((folder) =>
    entries.map((from) => ({
      target: `./src/${folder}`,
      from,
      message: "Imports go down only: an entry point is above every folder.",
    })),
  );
  return [...zones, ...upward];
}
