// The code that clients load when they need it: loaded with this module, so that virtual time does not run meanwhile.
import { loadLateCode } from "../../src/late-code.ts";

await loadLateCode();
