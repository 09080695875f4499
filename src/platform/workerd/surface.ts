// The parts of workerd's platform, for code that wraps one of them.
export { workerdConnector } from "./connector.ts";
export { workerdPlatform } from "./platform.ts";
