// The parts of Node's platform, for those who wrap one: a connector that goes through a proxy, say. Listed by hand.
export { nodeCodecs } from "./codecs.ts";
export { nodeConnector } from "./connector.ts";
export { nodeCrypto } from "./crypto.ts";
export { nodeDrain } from "./drain.ts";
export { nodeListener } from "./listener.ts";
export { nodePlatform } from "./platform.ts";
export { nodeRuntime } from "./runtime.ts";
