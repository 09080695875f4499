// Plants bugs of a loop that its application leaves within a batch.
import { positionScenario } from "../../src/scenarios/position-scenario.ts";
import { testScenarioBug } from "./mutants/scenario-bug.ts";
import { POSITION_BUGS } from "./mutants/scenario-mutants.ts";

for (const bug of POSITION_BUGS)
  testScenarioBug(bug, (Client) => positionScenario(Client === undefined ? {} : { Client }));
