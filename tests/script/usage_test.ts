/**
 * The command line as a person meets it: help everywhere, exit codes, one sentence for each mistake, no stack trace.
 *
 * @module
 */
import assert from "node:assert/strict";
import { flashseal, ignore, inFolder } from "./_flashseal.ts";

Deno.test({
  name: "flashseal --help names every noun and ends with 0",
  ignore,
  async fn() {
    const { code, out } = await flashseal("--help");
    assert.equal(code, 0);
    for (const noun of ["demo", "authority", "owner", "agent", "chips", "bootloader", "mcu", "verify"]) {
      assert.match(out, new RegExp(`\\b${noun}\\b`));
    }
  },
});

const HELP = [
  ["demo"],
  ["authority", "init"],
  ["authority", "serve"],
  ["owner", "login"],
  ["owner", "product", "create"],
  ["owner", "release", "create"],
  ["owner", "order", "create"],
  ["owner", "order", "raise"],
  ["owner", "order", "lend"],
  ["owner", "order", "allowances"],
  ["owner", "lease", "list"],
  ["owner", "lease", "give-up"],
  ["owner", "appliance", "enrol"],
  ["owner", "device", "show"],
  ["owner", "quota"],
  ["agent", "enrol"],
  ["agent", "run"],
  ["agent", "deliver"],
  ["agent", "status"],
  ["agent", "sync"],
  ["agent", "export"],
  ["agent", "import"],
  ["owner", "carry"],
  ["authority", "carry"],
  ["mcu", "run"],
  ["bootloader", "info"],
  ["verify", "certificate"],
] as const;

for (const words of HELP) {
  Deno.test({
    name: `flashseal ${words.join(" ")} --help describes itself and knows --json`,
    ignore,
    async fn() {
      const { code, out } = await flashseal(...words, "--help");
      assert.equal(code, 0);
      assert.match(out, /^Usage: flashseal/);
      assert.match(out, /--json/);
    },
  });
}

const WRONG_USE: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["an unknown noun", ["bogus"], /unknown command 'bogus'/],
  ["a missing option", ["authority", "init"], /--dir/],
  ["more offline boards than one lease has", ["demo", "--offline", "257"], /whole number from 0 to 256/],
  ["no devices at all", ["demo", "--devices", "0"], /--devices 0: it must be a whole number from 1/],
  ["a chip that the model has not", ["demo", "--chip", "stm32x9"], /no such chip/],
  ["a lock level that is none", [
    "owner",
    "product",
    "create",
    "--name",
    "x",
    "--chip",
    "stm32g0-8k",
    "--lock-level",
    "3",
  ], /./],
  ["a key that is none", ["verify", "certificate", "/dev/null", "--key", "abc"], /./],
];

for (const [what, args, says] of WRONG_USE) {
  Deno.test({
    name: `flashseal refuses ${what} in one sentence`,
    ignore,
    async fn() {
      const { code, err } = await flashseal(...args);
      assert.ok(code === 2 || code === 65, `exit code ${code}: ${err}`);
      assert.match(err, says);
      assert.doesNotMatch(err, /\n\s+at |file:\/\//, "no stack trace");
    },
  });
}

Deno.test({
  name: "a command that needs the profile says how to log in, and exits with 65",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const { code, err } = await flashseal("owner", "quota", "--profile", `${folder}/none.json`);
      assert.equal(code, 65);
      assert.match(err, /log in first with flashseal owner login/);
    }),
});

Deno.test({
  name: "authority init never overwrites, exits with 69, and loses nothing",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const dir = `${folder}/authority`;
      const first = await flashseal("authority", "init", "--dir", dir, "--owner", "Test", "--json");
      assert.equal(first.code, 0, first.err);
      const key = await Deno.readFile(`${dir}/seal-key`);
      const second = await flashseal("authority", "init", "--dir", dir, "--owner", "Test");
      assert.equal(second.code, 69);
      assert.match(second.err, /authority/);
      assert.deepEqual(await Deno.readFile(`${dir}/seal-key`), key);
      const secret = [
        "seal-key",
        "root-key-TAKE-OFFLINE.pem",
        "owner-api-key.txt",
        "tls/certificate-key.pem",
      ];
      for (const name of secret) assert.equal((await Deno.stat(`${dir}/${name}`)).mode! & 0o777, 0o600, name);
    }),
});

Deno.test({
  name: "bootloader info --json has the fields that D§12 names",
  ignore,
  async fn() {
    const { code, json } = await flashseal("bootloader", "info", "--json");
    assert.equal(code, 0);
    const [image] = json() as readonly Record<string, unknown>[];
    const fields = [
      "image",
      "chip",
      "variant",
      "version",
      "flashBytes",
      "ramBytes",
      "stackBytes",
      "handshakeCycles",
      "sha256",
    ];
    assert.deepEqual(Object.keys(image ?? {}).sort(), [...fields].sort());
  },
});

Deno.test({
  name: "chips says lock class, device class, and that nothing ran on silicon",
  ignore,
  async fn() {
    const { out } = await flashseal("chips");
    assert.match(out, /stm32g0/);
    assert.match(out, /device class C, lock class 2/);
    assert.match(out, /model/);
  },
});
