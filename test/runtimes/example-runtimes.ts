import { effectRuntime } from "../../examples/runtimes/effect.ts";
import { PriorityScheduler } from "../../examples/runtimes/priority.ts";
import { rxjsRuntime } from "../../examples/runtimes/rxjs.ts";
import { nodeRuntime } from "../../src/platform/node/runtime.ts";
import type { AsyncRuntime } from "../../src/runtime/async-runtime.ts";

/**
 * The runtimes in examples/runtimes, with the laws that the kit says they break: docs/runtimes.md says why that is no
 * harm.
 */
export const exampleRuntimes: readonly {
  readonly name: string;
  readonly make: () => AsyncRuntime;
  readonly breaks: readonly string[];
}[] = [
  { name: "Effect", make: () => effectRuntime, breaks: ["S10"] },
  { name: "RxJS", make: () => rxjsRuntime, breaks: ["S10", "S3"] },
  { name: "priority scheduler", make: () => new PriorityScheduler(nodeRuntime()).at(1), breaks: [] },
];
