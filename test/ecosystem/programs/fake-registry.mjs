// What a schema registry is to its clients: schemas by number, on loopback.
import { createServer } from "node:http";

export async function fakeRegistry() {
  const schemas = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const answer = answerOf(request, Buffer.concat(chunks).toString());
      response.statusCode = answer.status ?? 200;
      response.setHeader("content-type", "application/vnd.schemaregistry.v1+json");
      response.end(JSON.stringify(answer.body));
    });
  });
  function answerOf({ method, url }, text) {
    if (method === "POST" && /^\/subjects\/[^/]+(\/versions)?$/.test(url)) {
      const { schema, schemaType = "AVRO" } = JSON.parse(text);
      const found = schemas.findIndex((each) => each.schema === schema);
      return { body: { id: found === -1 ? schemas.push({ schema, schemaType }) : found + 1 } };
    }
    const id = /^\/schemas\/ids\/(\d+)/.exec(url)?.[1];
    if (id !== undefined && schemas[id - 1] !== undefined) return { body: schemas[id - 1] };
    if (/^\/config/.test(url)) return { body: { compatibilityLevel: "BACKWARD" } };
    return { status: 404, body: { error_code: 40403, message: `not found: ${method} ${url}` } };
  }
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
