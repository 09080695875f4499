// The code that `Kafka` loads with its first raw request, or its first ping or question about versions.
export { apiVersions, brokerRelease } from "./broker-api-versions.ts";
export { ping } from "./ping.ts";
export { rawRequest } from "./raw-request.ts";
