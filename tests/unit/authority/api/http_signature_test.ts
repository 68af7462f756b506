/** Our profile of RFC 9421 against the RFC's own vector, against a second implementation, and against bent spellings. @module */

import assert from "node:assert/strict";
import { httpbis } from "http-message-signatures";
import {
  contentDigestOf,
  readReplyParameters,
  readRequestParameters,
  readSignature,
  replyBase,
  requestBase,
  signatureBase,
  writeReplyParameters,
  writeRequestParameters,
  writeSignature,
} from "../../../../authority/api/mod.ts";
import { native } from "../../../../bootloader/suite/mod.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";

// RFC 9421 appendix B.1.4: test-key-ed25519. A published test key.
const RFC_SEED = Uint8Array.fromBase64("n4Ni+HpISpVObnQMW0wOhCKROaIKqKtW/2ZYb2p9KcU=");
const RFC_PUBLIC_KEY = Uint8Array.fromBase64("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=");

Deno.test("signatureBase() gives the signature of RFC 9421 B.2.6", () => {
  const base = signatureBase(
    [
      ['"date"', "Tue, 20 Apr 2021 02:07:55 GMT"],
      ['"@method"', "POST"],
      ['"@path"', "/foo"],
      ['"@authority"', "example.com"],
      ['"content-type"', "application/json"],
      ['"content-length"', "18"],
    ],
    '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  );
  const signature = native.ed25519Sign(RFC_SEED, base);
  assert.equal(
    signature.toBase64(),
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==",
  );
  assert(native.ed25519Verify({ publicKey: RFC_PUBLIC_KEY, message: base, signature }));
});

Deno.test("contentDigestOf() gives the sha-512 digest of RFC 9421 B.2", () => {
  assert.equal(
    contentDigestOf(new TextEncoder().encode('{"hello": "world"}')),
    "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:",
  );
});

const REQUEST = {
  method: "POST",
  url: "https://authority.test:8443/v1/tickets?b=2&a=%20x",
  contentDigest: contentDigestOf(new TextEncoder().encode("{}")),
};
const PARAMETERS = { createdSeconds: 1_800_000_000, sequence: 42, keyId: "00112233445566ff" };

Deno.test("requestBase() agrees with a second implementation, signing and verifying", async () => {
  const ours = requestBase(REQUEST, PARAMETERS);
  let theirs = "";
  const message = {
    method: REQUEST.method,
    url: REQUEST.url,
    headers: { "content-digest": REQUEST.contentDigest },
  };
  const signed = await httpbis.signMessage({
    key: {
      id: PARAMETERS.keyId,
      sign: (data: Uint8Array) => {
        theirs = new TextDecoder().decode(data);
        return Promise.resolve(Buffer.from(native.ed25519Sign(RFC_SEED, new Uint8Array(data))));
      },
    },
    name: "flashseal",
    fields: ["@method", "@authority", "@path", "@query", "content-digest"],
    params: ["created", "nonce", "keyid", "tag"],
    paramValues: {
      created: new Date(1_800_000_000_000),
      nonce: "42",
      keyid: PARAMETERS.keyId,
      tag: "flashseal",
    },
  }, message);
  assert.equal(new TextDecoder().decode(ours), theirs);
  const headers = new Headers(
    Object.entries(signed.headers).map(([k, v]): [string, string] => [k, String(v)]),
  );
  assert.deepEqual(readRequestParameters(headers.get("signature-input")), PARAMETERS);
  const { signature } = readSignature(headers.get("signature"));
  assert(native.ed25519Verify({ publicKey: RFC_PUBLIC_KEY, message: ours, signature }));
});

Deno.test("replyBase() agrees with a second implementation that verifies it, bound to its request", async () => {
  const requestSignature = native.ed25519Sign(RFC_SEED, requestBase(REQUEST, PARAMETERS));
  const requestHeaders = {
    "content-digest": REQUEST.contentDigest,
    "signature-input": `flashseal=${writeRequestParameters(PARAMETERS)}`,
    signature: writeSignature(requestSignature),
  };
  const parameters = { createdSeconds: 1_700_000_000, keyId: "ffeeddccbbaa9988" };
  const contentDigest = contentDigestOf(new TextEncoder().encode('{"a":1}'));
  const base = replyBase({
    status: 409,
    contentDigest,
    requestSignature: readSignature(requestHeaders.signature).member,
  }, parameters);
  let verified = 0;
  const verdict = await httpbis.verifyMessage({
    keyLookup: () =>
      Promise.resolve({
        id: parameters.keyId,
        verify: (data: Uint8Array, signature: Uint8Array) => {
          verified += 1;
          assert.equal(new TextDecoder().decode(data), new TextDecoder().decode(base));
          return Promise.resolve(
            native.ed25519Verify({
              publicKey: RFC_PUBLIC_KEY,
              message: new Uint8Array(data),
              signature: new Uint8Array(signature),
            }),
          );
        },
      }),
  }, {
    status: 409,
    headers: {
      "content-digest": contentDigest,
      "signature-input": `flashseal=${writeReplyParameters(parameters)}`,
      signature: writeSignature(native.ed25519Sign(RFC_SEED, base)),
    },
  }, { method: REQUEST.method, url: REQUEST.url, headers: requestHeaders });
  assert.equal(verdict, true);
  assert.equal(verified, 1);
});

Deno.test("requestBase() changes with each part that it covers", () => {
  const base = requestBase(REQUEST, PARAMETERS).toHex();
  const bent = [
    requestBase({ ...REQUEST, method: "GET" }, PARAMETERS),
    requestBase({ ...REQUEST, url: REQUEST.url.replace("authority.test", "other.test") }, PARAMETERS),
    requestBase({ ...REQUEST, url: REQUEST.url.replace("/v1/tickets", "/v1/state") }, PARAMETERS),
    requestBase({ ...REQUEST, url: REQUEST.url.replace("b=2", "b=3") }, PARAMETERS),
    requestBase({ ...REQUEST, contentDigest: contentDigestOf() }, PARAMETERS),
    requestBase(REQUEST, { ...PARAMETERS, createdSeconds: 1 }),
    requestBase(REQUEST, { ...PARAMETERS, sequence: 43 }),
    requestBase(REQUEST, { ...PARAMETERS, keyId: "00112233445566fe" }),
  ].map((bytes) => bytes.toHex());
  assert.equal(new Set([base, ...bent]).size, bent.length + 1);
});

const GOOD_INPUT = `flashseal=${writeRequestParameters(PARAMETERS)}`;
const BENT_INPUTS: readonly (readonly [name: string, input: string | null])[] = [
  ["missing", null],
  ["empty", ""],
  ["another name", GOOD_INPUT.replace("flashseal=", "sig1=")],
  ["two signatures", `${GOOD_INPUT}, other=("@method");created=1`],
  ["a component fewer", GOOD_INPUT.replace(' "@query"', "")],
  ["a component more", GOOD_INPUT.replace(' "@query"', ' "@query" "date"')],
  ["components in another order", GOOD_INPUT.replace('"@method" "@authority"', '"@authority" "@method"')],
  ["a component with a parameter", GOOD_INPUT.replace('"@method"', '"@method";req')],
  ["no sequence", GOOD_INPUT.replace(';nonce="42"', "")],
  ["a sequence with a leading zero", GOOD_INPUT.replace('"42"', '"042"')],
  ["a negative sequence", GOOD_INPUT.replace('"42"', '"-1"')],
  ["a sequence above 2^53", GOOD_INPUT.replace('"42"', '"9999999999999999"')],
  ["another tag", GOOD_INPUT.replace('tag="flashseal"', 'tag="other"')],
  ["a parameter more", `${GOOD_INPUT};alg="none"`],
  [
    "parameters in another order",
    GOOD_INPUT.replace(';created=1800000000;nonce="42"', ';nonce="42";created=1800000000'),
  ],
  ["a key id in upper case", GOOD_INPUT.replace("66ff", "66FF")],
  ["spaces", GOOD_INPUT.replace(";created", "; created")],
];

for (const [name, input] of BENT_INPUTS) {
  Deno.test(`readRequestParameters() refuses an input with ${name}`, () => {
    assert.throws(() => readRequestParameters(input), Malformed);
  });
}

Deno.test("readSignature() refuses another name, a short one, stray bits and two", () => {
  const good = writeSignature(new Uint8Array(64).fill(7));
  assert.equal(readSignature(good).signature.length, 64);
  const bent = [
    null,
    "",
    good.replace("flashseal", "sig1"),
    good.replace("==:", ":"),
    `${good}, a=:AA==:`,
    good.replace("Bw==:", "Bx==:"),
  ];
  for (const field of bent) assert.throws(() => readSignature(field), Malformed);
});

Deno.test("readReplyParameters() takes its own writing and nothing of a request", () => {
  const parameters = { createdSeconds: 5, keyId: "0011223344556677" };
  assert.deepEqual(readReplyParameters(`flashseal=${writeReplyParameters(parameters)}`), parameters);
  assert.throws(() => readReplyParameters(GOOD_INPUT), Malformed);
});
