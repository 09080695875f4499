// The parts of Node's platform, for code that wraps one of them (a connector through a proxy, for example).
export { nodeCodecs } from "./codecs.ts";
export { nodeConnector } from "./connector.ts";
export { nodeCrypto } from "./crypto.ts";
export { nodeDrain } from "./drain.ts";
export { nodeListener } from "./listener.ts";
export { nodePlatform } from "./platform.ts";
export { nodeRuntime } from "./runtime.ts";
export { type NodeSocket, type OpenSocket, socketConnector } from "./socket-connector.ts";
