// The code that clients load when they need it: loaded with this module, so that virtual time does not run meanwhile.
import "../../src/cluster/connection-limit.ts";
import "../../src/cluster/map-broker.ts";
import "../../src/admin/loaded-calls.ts";
import "../../src/exactly-once/attempt.ts";
import "../../src/producer/transactions/transaction-manager.ts";
