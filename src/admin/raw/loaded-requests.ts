// The code that `Kafka` loads with its first raw request, or its first question about versions.
export { apiVersions, brokerRelease } from "./broker-api-versions.ts";
export { rawRequest } from "./raw-request.ts";
