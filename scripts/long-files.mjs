// Hand-written files that may have more than the 400 lines of eslint.config.js, and why. The list only gets shorter.
export const longFiles = [
  // The partition's room divides these.
  "src/cluster/cluster-client.ts",
  "src/network/connection.ts",
  // To be divided beside it.
  "src/embedded/embedded-cluster.ts",
  "src/embedded/state/groups/classic-group.ts",
  "src/simulation/history.ts",
  "src/simulation/picture/timeline-scene.ts",
];
