// Plants a bug of a call of the producer that only this scenario makes.
import { producerCallsScenario } from "../../src/scenarios/producer-calls-scenario.ts";
import { testScenarioBug } from "./mutants/scenario-bug.ts";
import { PRODUCER_CALLS_BUGS } from "./mutants/scenario-mutants.ts";

for (const bug of PRODUCER_CALLS_BUGS)
  testScenarioBug(bug, (Client) => producerCallsScenario(Client === undefined ? {} : { Client }));
