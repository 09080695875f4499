// One program, one trace, on every host.
import { HOSTS } from "./one-trace/hosts.ts";
import { drawnSeeds, testSameTraces } from "./one-trace/same-traces.ts";

testSameTraces(
  HOSTS.map(({ name }) => name),
  drawnSeeds(20),
);
