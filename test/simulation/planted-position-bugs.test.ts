// Plants bugs of a loop that its application leaves within a batch.
import { positionScenario } from "../../src/scenarios/position-scenario.ts";
import { type ScenarioBug, testScenarioBug } from "./mutants/scenario-bug.ts";

const BUGS: readonly ScenarioBug[] = [
  {
    what: "a loop that is left, and counts its record as processed although its application did not",
    invariant: "C9",
    patches: [{ file: "consumer/reading/record-stream", from: "hand.cursor.giveBack(hand.from);", to: "void hand;" }],
  },
  {
    what: "a loop that is left, and loses the rest of its batch",
    invariant: "C9",
    patches: [
      {
        file: "consumer/reading/record-stream",
        from: "        this.#putBack();\n        this.#loop.end();\n        return Promise.resolve(DONE);",
        to:
          "        this.#cursor?.advance(this.#batch?.nextOffset ?? 0);\n        this.#loop.end();\n" +
          "        return Promise.resolve(DONE);",
      },
    ],
  },
];

for (const bug of BUGS) testScenarioBug(bug, (Client) => positionScenario(Client === undefined ? {} : { Client }));
