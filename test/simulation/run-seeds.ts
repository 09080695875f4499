// node build/test/simulation/run-seeds.js NAME FIRST COUNT: many seeds of a scenario without node:test, which follows
// each promise by async_hooks: that is 40 % of a seed's CPU. Prints a line for each seed that fails, then how many
// passed.
import { outcomeOf, SEEDED } from "./seeded-scenarios.ts";

const [name = "", first = "", count = ""] = process.argv.slice(2);
const scenariosOf = SEEDED[name];
if (scenariosOf === undefined) throw new Error(`there is no scenario ${name}: ${Object.keys(SEEDED).join(", ")}`);
let passed = 0;
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  const broken: string[] = [];
  for (const seeded of scenariosOf(seed)) {
    const { violations, plan } = await outcomeOf(seeded, seed);
    if (violations.length > 0) broken.push(`${JSON.stringify(violations)} ${plan}`);
  }
  if (broken.length === 0) passed++;
  else console.log(`failed seed ${seed}: ${broken.join("; ")}`);
}
console.log(`passed ${passed}`);
