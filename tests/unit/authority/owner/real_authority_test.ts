/**
 * The whole of an owner's day, the refusals that the authority decides, and the same over real HTTPS.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority } from "../../../../authority/mod.ts";
import {
  createOrder,
  createOwnerHost,
  createProduct,
  freezeOrder,
  listAppliances,
  listDevices,
  listOrders,
  login,
  lowerOrder,
  makeEnrolmentCode,
  makeRelease,
  makeReport,
  type NewRelease,
  openSession,
  raiseOrder,
  revokeAppliance,
  showDevice,
  showProduct,
  showQuota,
  showRelease,
  thawOrder,
} from "../../../../authority/owner/mod.ts";
import { parseEnrolmentCode, rootHashOf } from "../../../../authority/api/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { sampleFirmware } from "../../../../bootloader/firmware/sample/mod.ts";
import { FLASH, makeFirmware } from "../../../vectors/firmware/image.ts";
import { OwnersAuthority, sessionOf, smallWorld, URL_OF_AUTHORITY } from "./_owner_world.ts";

const acknowledges = { deviceClassC: true, lockClass: true };
const file = { name: "app.bin", bytes: makeFirmware(8192 - 768) };
const release: NewRelease = {
  product: "blinker",
  version: "1.0.0",
  file,
  choices: { personal: { address: FLASH + 8192 - 768, length: 768 } },
  stateFile: "state",
};

Deno.test("an owner's day: product, release, order, raise, lower, freeze, appliance, report", async () => {
  const made = new OwnersAuthority(11);
  const { authority, rootPublicKey } = made;
  try {
    const { session } = await sessionOf(made);
    const product = await createProduct(session, {
      name: "blinker",
      chip: "stm32g0-8k",
      personal: "required",
      acknowledges,
    });
    assert.ok("granted" in product, JSON.stringify(product));
    const first = await makeRelease(session, release);
    assert.ok("granted" in first, JSON.stringify(first));
    assert.deepEqual([first.granted.release.complete, first.granted.release.length], [true, 8192]);
    const sample = sampleFirmware();
    const second = await makeRelease(session, {
      ...release,
      version: "1.1.0",
      file: { name: sample.file, bytes: sample.elf },
      choices: {},
    });
    assert.ok("granted" in second, JSON.stringify(second));
    assert.deepEqual(second.granted.findings.map(({ code }) => code), ["certificate-key"]);
    const order = await createOrder(session, {
      name: "March",
      product: "blinker",
      release: "1.0.0",
      granted: 5,
    });
    assert.ok("granted" in order, JSON.stringify(order));
    const raised = await raiseOrder(session, "March", 4);
    assert.ok("granted" in raised && raised.granted.quota.granted === 9);
    const lowered = await lowerOrder(session, "March", 2);
    assert.ok("granted" in lowered && lowered.granted.quota.free === 7);
    const tooLow = await lowerOrder(session, "March", 8);
    assert.ok("refused" in tooLow && tooLow.refused.code === "order-below-use");
    assert.ok("granted" in await freezeOrder(session, "March"));
    const thawed = await thawOrder(session, "March");
    assert.ok("granted" in thawed && !thawed.granted.frozen);
    const code = await makeEnrolmentCode(session, { name: "line 1", products: ["blinker"] });
    assert.ok("granted" in code);
    assert.deepEqual(parseEnrolmentCode(code.granted.code).rootHash, rootHashOf(rootPublicKey));
    assert.deepEqual(await listAppliances(session), { granted: [] });
    const nobody = await revokeAppliance(session, "line 1");
    assert.ok("refused" in nobody && nobody.refused.code === "appliance-not-found");
    const devices = await listDevices(session);
    assert.deepEqual(devices, { granted: { devices: [], next: null } });
    const device = await showDevice(session, { uid: "00".repeat(11) + "01" });
    assert.ok("refused" in device && device.refused.code === "device-unknown");
    const quota = await showQuota(session);
    assert.ok("granted" in quota && quota.granted.total.granted === 7);
    const report = await makeReport(session);
    assert.ok("granted" in report);
    assert.deepEqual(report.granted.orders.map(({ name, productName }) => [name, productName]), [[
      "March",
      "blinker",
    ]]);
    assert.ok("granted" in await showProduct(session, product.granted.product));
    assert.ok("granted" in await showRelease(session, "1.1.0", "blinker"));
  } finally {
    authority.close();
  }
});

Deno.test("the authority's refusals come back as values with sentence and remedy", async () => {
  const made = new OwnersAuthority(12);
  const { authority } = made;
  try {
    const { session } = await sessionOf(made);
    const refused = await createProduct(session, {
      name: "blinker",
      chip: "stm32g0-8k",
      acknowledges: { deviceClassC: false, lockClass: true },
    });
    assert.ok("refused" in refused);
    assert.equal(refused.refused.code, "class-c-not-acknowledged");
    assert.match(refused.refused.says, /software that imitates one chip/);
    const lock = await createProduct(session, {
      name: "blinker",
      chip: "stm32g0-8k",
      acknowledges: { deviceClassC: true, lockClass: false },
    });
    assert.ok("refused" in lock && lock.refused.code === "lock-class-not-acknowledged");
    const world = smallWorld(made);
    world.files.files.set("key", new TextEncoder().encode("00".repeat(32)));
    const files = { caFile: "ca.pem", apiKeyFile: "key", profileFile: "p" };
    const stranger = await login({ url: URL_OF_AUTHORITY, ...files }, world);
    assert.ok("refused" in stranger && stranger.refused.code === "api-key-wrong");
  } finally {
    authority.close();
  }
});

const allowed = (["read", "write", "net"] as const).every((name) =>
  Deno.permissions.querySync({ name }).state === "granted"
);
if (!allowed) console.log("the test over HTTPS needs read, write and net: run `deno task test`");

Deno.test({
  name:
    "over real HTTPS: login with the authority's own files, product, release, order; another authority's certificate is refused",
  ignore: !allowed,
  async fn() {
    const folder = await Deno.makeTempDir();
    const host = createHost();
    const say = () => {};
    const owner = createOwnerHost();
    const served = await initAuthority({ folder: `${folder}/a`, ownerName: "Ada", names: ["127.0.0.1"] }, {
      ...host,
      say,
    });
    const other = await initAuthority({ folder: `${folder}/b`, ownerName: "Eve", names: ["127.0.0.1"] }, {
      ...host,
      say,
    });
    const authority = await serveAuthority({ folder: `${folder}/a`, port: 0 }, { ...host, say, log: say });
    try {
      const options = {
        url: authority.origin,
        caFile: served.caCertificateFile,
        apiKeyFile: served.apiKeyFile,
        profileFile: `${folder}/profile.json`,
        rootPublicKey: served.rootPublicKey.toHex(),
      };
      const result = await login(options, owner);
      assert.ok("granted" in result, JSON.stringify(result));
      const session = await openSession(options.profileFile, owner);
      assert.ok(
        "granted" in await createProduct(session, { name: "blinker", chip: "stm32g0-8k", acknowledges }),
      );
      const made = await makeRelease(session, { ...release, stateFile: `${folder}/state` });
      assert.ok("granted" in made && made.granted.release.complete, JSON.stringify(made));
      assert.ok(
        "granted" in
          await createOrder(session, { name: "o", product: "blinker", release: "1.0.0", granted: 1 }),
      );
      assert.ok("granted" in await listOrders(session));
      const impatient = { ...owner, wait: () => Promise.resolve() };
      await assert.rejects(login({ ...options, caFile: other.caCertificateFile }, impatient), Fault);
    } finally {
      owner.close();
      await authority.stop();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
