import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { KafkaError } from "../../../errors/kafka-error.ts";
import { parseProxy } from "./proxy-address.ts";

test("the addresses of proxies", () => {
  for (const [text, shown, login] of [
    ["socks5://p:1081", "socks5://p:1081", undefined],
    ["socks5://p", "socks5://p:1080", undefined],
    ["socks5h://p/", "socks5://p:1080", undefined],
    ["http://p:3128", "http://p:3128", undefined],
    ["http://p", "http://p:80", undefined],
    [" https://p ", "https://p:443", undefined],
    ["socks5://[::1]:1080", "socks5://[::1]:1080", undefined],
    ["http://[::1]", "http://[::1]:80", undefined],
    ["socks5://me:p%40s%3A%2Fs@p", "socks5://p:1080", { user: "me", password: "p@s:/s" }],
    ["http://me@p", "http://p:80", { user: "me", password: "" }],
    ["socks5://%C3%A4:x@p", "socks5://p:1080", { user: "ä", password: "x" }],
  ] as const) {
    const address = parseProxy(text);
    assert.equal(address.toString(), shown);
    assert.deepEqual(address.login, login);
  }
  assert.equal(parseProxy("socks5://[::1]:1").host, "::1");
});

test("a wrong address is refused with its reason, and no text shows it", () => {
  for (const [value, says] of [
    [null, /, not null$/],
    [5, /, not 5$/],
    [{ host: "p" }, /, not an object with host$/],
    [["http://p"], /, not an array$/],
    ["", /is no such address/],
    ["p:3128", /does not begin with/],
    ["hunter2", /is no such address/],
    ["socks4://me:hunter2@p", /socks4 are not supported/],
    ["socks://p", /socks are not supported/],
    ["ftp://me:hunter2@p", /does not begin with/],
    ["socks5://", /host is missing|no such address/],
    ["http://me:hunter2@p/path", /more behind the port/],
    ["http://p?hunter2", /more behind the port/],
    ["socks5://me:hun/ter2@p:1080", /is no such address|more behind the port/],
    ["socks5://p:0", /port is 0/],
    ["socks5://p:99999", /is no such address/],
    ["socks5://me:hunter2%@p", /begins no percent code/],
    ["socks5://:hunter2@p", /user name is missing/],
    ["http://a%3Ab:hunter2@p", /user name has a colon/],
    [`socks5://me:${"hunter2".repeat(50)}@p`, /at most 255 bytes/],
  ] as const)
    assert.throws(
      () => parseProxy(value),
      (error: unknown) => {
        assert.ok(KafkaError.is(error));
        assert.equal(error.kind, "config");
        assert.match(error.message, says);
        assert.doesNotMatch(inspect(error), /hunter2|ter2@/);
        return true;
      },
    );
});

test("the login of a proxy is not printed", () => {
  const address = parseProxy("http://me:hunter2@p");
  for (const shown of [inspect(address, { depth: 5, showHidden: true }), JSON.stringify(address), address.toString()])
    assert.doesNotMatch(shown, /hunter2/);
});
