import assert from "node:assert/strict";
import { test } from "node:test";
import type { KafkaError } from "../errors/kafka-error.ts";
import { nodeCrypto } from "../platform/node/crypto.ts";
import { Cancellation } from "../runtime/cancellation.ts";
import type { FetchAnswer } from "../runtime/fetch-like.ts";
import type { AwsCredentials } from "./aws-credentials.ts";
import { awsMsk } from "./aws-msk.ts";
import { awsMskIam } from "./aws-msk-iam.ts";
import { azureManagedIdentity } from "./azure-managed-identity.ts";
import { gcpMetadata } from "./gcp-metadata.ts";
import type { OAuthToken, TokenContext } from "./token.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const PERMANENT: AwsCredentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const SESSION: AwsCredentials = {
  accessKeyId: "ASIAEXAMPLE",
  secretAccessKey: "secret/+= key",
  sessionToken: "FwoGZ/+==session token~*'()!",
};

type Answers = Readonly<Record<string, string | FetchAnswer>>;

/** A context with these variables and these answers by method and address. */
function context(
  answers: Answers = {},
  variables: Readonly<Record<string, string>> = {},
): TokenContext & { asked: string[] } {
  const asked: string[] = [];
  return {
    ...{ nowMs: NOW, signal: new Cancellation(), crypto: nodeCrypto(), asked },
    entropy: { fill: () => undefined },
    environment: (name) => variables[name],
    fetch: async (url, { method, headers, redirect }) => {
      assert.equal(redirect, "error");
      const shown = Object.entries(headers).map(([name, value]) => ` ${name}=${value}`);
      asked.push(`${method} ${url}${shown.join("")}`);
      const answer = answers[`${method} ${url}`];
      if (answer === undefined) throw new TypeError("fetch failed");
      return typeof answer === "string" ? { status: 200, text: async () => answer } : answer;
    },
  };
}

async function signedUrl(region: string, credentials: AwsCredentials): Promise<string> {
  const token = (await awsMsk({ region, credentials })(context())) as OAuthToken;
  assert.match(token.value, /^[\w-]+$/);
  return Buffer.from(token.value, "base64url").toString();
}

// The expected values of the next two tests are those of aws-msk-iam-sasl-signer-js 1.0.3 and of aws-msk-iam-auth
// 2.3.0 for the same credentials and times. The user agent is not signed.
test("tokens for MSK are byte by byte those of AWS's library for JavaScript, except for the user agent", async () => {
  const middle = "&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=";
  const scope = (region: string): string => `%2F20260102%2F${region}%2Fkafka-cluster%2Faws4_request`;
  assert.equal(
    await signedUrl("eu-west-1", PERMANENT),
    "https://kafka.eu-west-1.amazonaws.com/?Action=kafka-cluster%3AConnect&User-Agent=odradek" +
      `${middle}AKIDEXAMPLE${scope("eu-west-1")}&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900` +
      "&X-Amz-Signature=7cc178453342e479def8e0e69cbff443ca929b5b0426af0f4b64554172c7195d&X-Amz-SignedHeaders=host",
  );
  assert.equal(
    await signedUrl("us-east-1", SESSION),
    "https://kafka.us-east-1.amazonaws.com/?Action=kafka-cluster%3AConnect&User-Agent=odradek" +
      `${middle}ASIAEXAMPLE${scope("us-east-1")}&X-Amz-Date=20260102T030405Z&X-Amz-Expires=900` +
      "&X-Amz-Security-Token=FwoGZ%2F%2B%3D%3Dsession%20token~%2A%27%28%29%21" +
      "&X-Amz-Signature=88c97ae86e3e544b6470af2ce3467f153cf172c5d22e3e6c3c1de5ac5bbb93e5&X-Amz-SignedHeaders=host",
  );
  const short = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s", expiresAtMs: NOW + 120_000 };
  const url = await signedUrl("eu-west-1", short);
  assert.match(url, /Expires=120&X-Amz-Signature=71c18fc2f55567a7983484dfda044d5d63c4f19c9b2409a061c7f366be498c2a&/);
  const token = (await awsMsk({ region: "eu-west-1", credentials: short })(context())) as OAuthToken;
  assert.equal(token.expiresAtMs, 1_767_323_165_000);
});

test("the message of AWS_MSK_IAM has the values of AWS's library for Java", async () => {
  const rows = [
    {
      ...{ credentials: PERMANENT, host: "b-1.demo.abc123.c4.kafka.eu-west-1.amazonaws.com" },
      ...{ nowMs: Date.UTC(2026, 10, 29, 10, 16, 21), date: "20261129T101621Z" },
      ...{ credential: "AKIDEXAMPLE/20261129/eu-west-1/kafka-cluster/aws4_request" },
      signature: "c086ee9beb5ef1e9bf69622a103e6cda286b0ba52645ceb956610bb280ff8476",
    },
    {
      ...{ credentials: SESSION, host: "b-2.demo.abc123.c4.kafka.cn-north-1.amazonaws.com.cn" },
      ...{ nowMs: Date.UTC(2026, 10, 29, 10, 16, 22), date: "20261129T101622Z" },
      ...{ credential: "ASIAEXAMPLE/20261129/cn-north-1/kafka-cluster/aws4_request" },
      signature: "be6e59a1c9e0d80bbb1f4e440930faca15024b4235bde3a5807c67f5a99263bd",
    },
  ];
  const { asked: _asked, nowMs: _nowMs, signal: _signal, ...capabilities } = context();
  for (const { credentials, host, nowMs, date, credential, signature } of rows) {
    const mechanism = awsMskIam({ credentials }, { ...capabilities, crypto: nodeCrypto() });
    const exchange = mechanism.exchange({ host, port: 9098 });
    assert.deepEqual(JSON.parse(Buffer.from(await exchange.begin(nowMs)).toString()), {
      ...{ version: "2020_10_22", host, "user-agent": "odradek", action: "kafka-cluster:Connect" },
      ...{ "x-amz-algorithm": "AWS4-HMAC-SHA256", "x-amz-credential": credential, "x-amz-date": date },
      ...{ "x-amz-expires": "900", "x-amz-signedheaders": "host", "x-amz-signature": signature },
      ...(credentials.sessionToken === undefined ? {} : { "x-amz-security-token": credentials.sessionToken }),
    });
  }
});

test("MSK accepts with JSON, and any other answer is a failure without the secrets", async () => {
  const { asked: _asked, nowMs: _nowMs, signal: _signal, ...capabilities } = context();
  const mechanism = awsMskIam({ region: "eu-west-1", credentials: SESSION }, { ...capabilities, crypto: nodeCrypto() });
  const exchange = mechanism.exchange({ host: "b", port: 9098 });
  await exchange.begin(NOW);
  assert.deepEqual(await exchange.next(Buffer.from('{"version":"2020_10_22","request-id":"x"}')), { kind: "done" });
  for (const text of ["", "no", "[]"]) assert.equal((await exchange.next(Buffer.from(text))).kind, "failed");
  const error = exchange.refused?.(`denied ${SESSION.secretAccessKey} ${SESSION.sessionToken ?? ""}`);
  assert.match(error?.message ?? "", /denied \[secret\] \[secret\].*kafka-cluster:Connect/);
});

test("the region comes from the option, the broker's name or the environment", async () => {
  const signed = async (host: string, variables: Record<string, string>, region?: string): Promise<string> => {
    const { asked: _asked, nowMs: _nowMs, signal: _signal, ...capabilities } = context({}, variables);
    const mechanism = awsMskIam({ region, credentials: PERMANENT }, { ...capabilities, crypto: nodeCrypto() });
    const message = Buffer.from(await mechanism.exchange({ host, port: 9098 }).begin(NOW)).toString();
    return /\d{8}\/([^/]*)\//.exec(message)?.[1] ?? "";
  };
  const broker = "boot-x.c2.kafka-serverless.us-east-2.amazonaws.com";
  assert.equal(await signed(broker, {}), "us-east-2");
  assert.equal(await signed(broker, {}, "eu-west-1"), "eu-west-1");
  assert.equal(await signed("proxy", { AWS_REGION: "a-1", AWS_DEFAULT_REGION: "b-1" }), "a-1");
  assert.equal(await signed("proxy", { AWS_DEFAULT_REGION: "b-1" }), "b-1");
  await assert.rejects(signed("proxy", {}), { kind: "config", message: /region is not known/ });
});

const INSTANCE = "http://169.254.169.254/latest";
const ROLES = `${INSTANCE}/meta-data/iam/security-credentials/`;
const answered = (id: string): string =>
  JSON.stringify({
    ...{ AccessKeyId: id, SecretAccessKey: "planted-secret", Token: "planted-token" },
    Expiration: "2026-01-02T04:04:05Z",
  });

async function keyId(asked: TokenContext): Promise<string> {
  const token = (await awsMsk({ region: "eu-west-1" })(asked)) as OAuthToken;
  return /Credential=(\w+)%2F/.exec(Buffer.from(token.value, "base64url").toString())?.[1] ?? "";
}

test("credentials come from the environment, the container or the instance, in this order", async () => {
  const own = { AWS_ACCESS_KEY_ID: "OWN", AWS_SECRET_ACCESS_KEY: "s", AWS_SESSION_TOKEN: "t" };
  const container = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/v2/x" };
  assert.equal(await keyId(context({}, { ...own, ...container })), "OWN");
  const ecs = context({ "GET http://169.254.170.2/v2/x": answered("ECS") }, container);
  assert.equal(await keyId(ecs), "ECS");
  const full = "http://169.254.170.23/v1/credentials";
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: full, AWS_CONTAINER_AUTHORIZATION_TOKEN: "auth" };
  const eks = context({ [`GET ${full}`]: answered("EKS") }, variables);
  assert.equal(await keyId(eks), "EKS");
  assert.deepEqual(eks.asked, [`GET ${full} Authorization=auth`]);
  const ec2 = context({
    ...{ [`PUT ${INSTANCE}/api/token`]: "imds", [`GET ${ROLES}`]: "role\n", [`GET ${ROLES}role`]: answered("EC2") },
  });
  assert.equal(await keyId(ec2), "EC2");
  assert.deepEqual(ec2.asked, [
    `PUT ${INSTANCE}/api/token X-aws-ec2-metadata-token-ttl-seconds=21600`,
    `GET ${ROLES} X-aws-ec2-metadata-token=imds`,
    `GET ${ROLES}role X-aws-ec2-metadata-token=imds`,
  ]);
});

test("the instance's credentials are kept until they end soon, and asked for once at a time", async () => {
  const answers = {
    ...{ [`PUT ${INSTANCE}/api/token`]: "imds", [`GET ${ROLES}`]: "role", [`GET ${ROLES}role`]: answered("EC2") },
  };
  const asked = context(answers);
  const provider = awsMsk({ region: "eu-west-1" });
  await Promise.all([provider(asked), provider(asked)]);
  await provider({ ...asked, nowMs: NOW + 3_299_000 });
  assert.equal(asked.asked.length, 3);
  await provider({ ...asked, nowMs: NOW + 3_300_000 });
  assert.equal(asked.asked.length, 6);
});

test("missing or wrong credentials are named without their values", async () => {
  const relative = { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/x" };
  const at = "GET http://169.254.170.2/x";
  const cases: readonly (readonly [Answers, Readonly<Record<string, string>>, string, RegExp])[] = [
    [{}, {}, "connection", /cannot be reached/],
    [{}, { AWS_EC2_METADATA_DISABLED: "true" }, "config", /there are no AWS credentials/],
    [{}, { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://evil.example/planted-secret" }, "config", /neither https/],
    [
      {},
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://x/", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "planted-secret" },
      ...(["unsupported", /TOKEN_FILE is not read/] as const),
    ],
    [
      { [at]: '{"Code":"Expired","SecretAccessKey":"planted-secret"}' },
      relative,
      "authentication",
      /credentials: Expired/,
    ],
    [{ [at]: "planted-secret" }, relative, "authentication", /not a JSON object/],
    [{ [at]: { status: 403, text: async () => "planted-secret" } }, relative, "authentication", /status 403$/],
    [{ [at]: { status: 503, text: async () => "planted-secret" } }, relative, "connection", /status 503$/],
  ];
  for (const [answers, variables, kind, message] of cases)
    await assert.rejects(keyId(context(answers, variables)), (error: KafkaError) => {
      assert.deepEqual([error.kind, message.test(error.message)], [kind, true], error.message);
      assert.ok(!error.message.includes("planted-secret"));
      return true;
    });
  const ended = { ...PERMANENT, expiresAtMs: NOW + 999 };
  await assert.rejects(signedUrl("eu-west-1", ended), { kind: "authentication", message: /have ended/ });
  await assert.rejects(signedUrl("eu-west-1", (() => ({ accessKeyId: "a" })) as never), { kind: "config" });
});

test("Azure's identity endpoint is asked as the machine or the app service has it", async () => {
  const resource = "https://ns.servicebus.windows.net";
  const query = "resource=https%3A%2F%2Fns.servicebus.windows.net";
  const vm = `http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&client_id=c&${query}`;
  const asked = context({ [`GET ${vm}`]: '{"access_token":"vm","expires_in":"3600"}' });
  assert.deepEqual(await azureManagedIdentity({ resource, clientId: "c" })(asked), {
    ...{ value: "vm", expiresAtMs: NOW + 3_600_000 },
  });
  assert.deepEqual(asked.asked, [`GET ${vm} Metadata=true`]);
  const variables = { IDENTITY_ENDPOINT: "http://localhost:1/msi", IDENTITY_HEADER: "planted-secret" };
  const app = `http://localhost:1/msi?api-version=2019-08-01&${query}`;
  const service = context({ [`GET ${app}`]: '{"access_token":"app"}' }, variables);
  assert.deepEqual(await azureManagedIdentity({ resource })(service), { value: "app" });
  assert.deepEqual(service.asked, [`GET ${app} X-IDENTITY-HEADER=planted-secret`]);
});

test("Google's access token is wrapped in a text that looks like a JSON web token", async () => {
  const account = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default";
  const asked = context({
    [`GET ${account}/token`]: '{"access_token":"ya29.c.x","expires_in":3599,"token_type":"Bearer"}',
    [`GET ${account}/email`]: "me@project.iam.gserviceaccount.com\n",
  });
  const { value, expiresAtMs } = (await gcpMetadata()(asked)) as OAuthToken;
  assert.equal(expiresAtMs, NOW + 3_599_000);
  const [header, claims, token] = value.split(".").map((part) => Buffer.from(part, "base64url").toString());
  assert.equal(header, '{"typ":"JWT","alg":"GOOG_OAUTH2_TOKEN"}');
  const seconds = Math.floor(NOW / 1000);
  assert.deepEqual(JSON.parse(claims ?? ""), {
    ...{ exp: seconds + 3599, iat: seconds, iss: "Google", scope: "kafka" },
    sub: "me@project.iam.gserviceaccount.com",
  });
  assert.equal(token, "ya29.c.x");
  assert.ok(asked.asked.every((one) => one.endsWith(" Metadata-Flavor=Google")));
});
