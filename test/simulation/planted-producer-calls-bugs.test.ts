// Plants a bug of a call of the producer that only this scenario makes.
import { producerCallsScenario } from "../../src/scenarios/producer-calls-scenario.ts";
import { type ScenarioBug, testScenarioBug } from "./mutants/scenario-bug.ts";

const BUGS: readonly ScenarioBug[] = [
  {
    what: "a record that its signal withdrew, and that is sent nevertheless",
    invariant: "P5",
    patches: [
      {
        file: "producer/accepting/record-intake",
        from: "this.#accumulator.withdraw(settle, takenBack(signal));",
        to: "settle(Promise.reject(takenBack(signal)));",
      },
    ],
  },
];

for (const bug of BUGS) testScenarioBug(bug, (Client) => producerCallsScenario(Client === undefined ? {} : { Client }));
