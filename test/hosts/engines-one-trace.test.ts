// One program, one trace, on one host of each engine: V8, JavaScriptCore, SpiderMonkey, QuickJS. All hosts are in
// one-trace.test.ts, which is wide.
import { ONE_OF_EACH_ENGINE } from "./one-trace/hosts.ts";
import { drawnSeeds, testSameTraces } from "./one-trace/same-traces.ts";

testSameTraces(ONE_OF_EACH_ENGINE, drawnSeeds(3));
