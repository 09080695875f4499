// The parts of the browser's platform, for code that wraps one of them.
export { browserPlatform } from "./platform.ts";
export { browserRuntime } from "./runtime.ts";
export type { WebSocketLike, WebSocketMaker } from "./web-socket.ts";
export { webSocketConnector } from "./web-socket-connector.ts";
export type { WebSocketConnectorOptions } from "./web-socket-connector-options.ts";
