// `odradek/tunnel`, of Node: connects web pages to brokers, through WebSockets of an HTTP server.
export { createTunnel, type Tunnel, type UpgradeRequest } from "./platform/node/tunnel/tunnel.ts";
export type { TunnelOptions } from "./platform/node/tunnel/options.ts";
export type { LogEntry, LogLevel } from "./runtime/platform.ts";
export type { Pem } from "./runtime/tls-options.ts";
