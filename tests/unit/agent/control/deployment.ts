/**
 * A whole deployment for the agent's tests: the real authority over HTTPS, the real owner's commands, the sample
 * firmware, boards of the model as files. Nothing in it is a stand-in.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createHost, initAuthority, serveAuthority, type Served } from "../../../../authority/mod.ts";
import {
  createOrder,
  createOwnerHost,
  createProduct,
  lendUnits,
  listReleases,
  login,
  makeEnrolmentCode,
  makeRelease,
  openSession,
  type OwnerSession,
} from "../../../../authority/owner/mod.ts";
import {
  type AgentEvent,
  type AgentPorts,
  enrolAgent,
  makeBoardFile,
  systemPorts,
} from "../../../../agent/mod.ts";
import { readBoard } from "../../../../bootloader/mcu/mod.ts";
import { sampleFirmware } from "../../../../bootloader/firmware/sample/mod.ts";

export const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** Takes what was granted, or fails with the refusal. */
export function granted<T>(result: { readonly granted: T } | { readonly refused: unknown }): T {
  assert.ok("granted" in result, JSON.stringify(result));
  return result.granted;
}

export interface Deployment {
  readonly folder: string;
  readonly agentFolder: string;
  readonly owner: OwnerSession;
  readonly product: string;
  /** The product's certificate key: all that a verifier needs. */
  readonly certificateKey: Uint8Array;
  /** Where the release has its personal region. */
  readonly personal: { readonly offset: number; readonly length: number };
  /** Lends up to so many units of the order to the appliance at a time. */
  readonly lend: (units: number) => Promise<void>;
  /** The enrolment code that the appliance has used. */
  readonly code: string;
  readonly events: AgentEvent[];
  readonly ports: AgentPorts;
  readonly authority: () => Served;
  readonly restartAuthority: () => Promise<void>;
  readonly putBoard: (name: string) => { readonly path: string; readonly uid: string };
  readonly stop: () => Promise<void>;
}

export async function deploy(
  options: {
    readonly granted: number;
    readonly stations?: number;
    /** Lets the product be programmed offline, and lends this many units of the order to the appliance at a time. */
    readonly lent?: number;
  },
): Promise<Deployment> {
  const folder = Deno.makeTempDirSync({ prefix: "flashseal-test-" });
  const host = createHost();
  const quiet = { say: () => {}, log: () => {} };
  const authorityFolder = `${folder}/authority`;
  await initAuthority({ folder: authorityFolder, ownerName: "Test Owner", names: ["127.0.0.1"] }, {
    ...host,
    ...quiet,
  });
  let served = onceStopped(
    await serveAuthority({ folder: authorityFolder, port: 0 }, { ...host, ...quiet }),
  );
  const port = Number(new URL(served.origin).port);
  const world = createOwnerHost();
  const profileFile = `${folder}/profile.json`;
  granted(
    await login({
      url: served.origin,
      caFile: `${authorityFolder}/tls/ca-certificate.pem`,
      apiKeyFile: `${authorityFolder}/owner-api-key.txt`,
      profileFile,
    }, world),
  );
  const owner = await openSession(profileFile, world);
  const { lent } = options;
  const { product, certificatePublicKey } = granted(
    await createProduct(owner, {
      name: "Thermostat",
      chip: "stm32g0-8k",
      ...(lent === undefined ? {} : { offline: { unitsMax: 100, days: 30 } }),
      acknowledges: { deviceClassC: true, lockClass: true, offline: lent !== undefined },
    }),
  );
  const { elf, file } = sampleFirmware();
  granted(
    await makeRelease(owner, {
      product,
      version: "1.0.0",
      file: { name: file, bytes: elf },
      stateFile: `${folder}/upload.json`,
    }),
  );
  granted(await createOrder(owner, { name: "first", product, release: "1.0.0", granted: options.granted }));
  const { code } = granted(await makeEnrolmentCode(owner, { name: "Line 1", products: [product] }));
  const events: AgentEvent[] = [];
  const ports = systemPorts((event) => events.push(event));
  const agentFolder = `${folder}/agent`;
  const enrolment = { folder: agentFolder, origin: served.origin, code, stations: options.stations ?? 1 };
  const enrolled = await enrolAgent(enrolment, ports);
  assert.ok("enrolled" in enrolled, JSON.stringify(enrolled));
  const lend = async (units: number) => {
    const allowance = { order: "first", appliance: "Line 1", units, acknowledgesOffline: true };
    granted(await lendUnits(owner, allowance));
  };
  if (lent !== undefined) await lend(lent);
  const [release] = granted(await listReleases(owner));
  assert.ok(release);
  return {
    folder,
    agentFolder,
    owner,
    product,
    certificateKey: Uint8Array.fromHex(certificatePublicKey),
    personal: { offset: release.personalOffset, length: release.personalLength },
    lend,
    code,
    events,
    ports,
    authority: () => served,
    async restartAuthority() {
      served = onceStopped(await serveAuthority({ folder: authorityFolder, port }, { ...host, ...quiet }));
    },
    putBoard(name) {
      const uid = random(12);
      const path = `${agentFolder}/boards/${name}.board`;
      makeBoardFile(path, { chip: "stm32g0-8k", uid, random });
      return { path, uid: uid.toHex() };
    },
    async stop() {
      await served.stop();
      world.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** An authority that may be asked to stop again when it has stopped. */
function onceStopped(served: Served): Served {
  let stopped: Promise<void> | null = null;
  return { ...served, stop: () => stopped ??= served.stop() };
}

/** What a board's file holds: the truth that no agent tells. */
export function truthOf(path: string) {
  const { flash, options } = readBoard(Deno.readFileSync(path));
  return { flash, isBlank: flash.every((byte) => byte === 0xff), isLocked: options[0] !== 0xaa };
}

/** Waits until `holds`, at most `ms`. */
export async function until(holds: () => boolean, ms: number, what: string): Promise<void> {
  const end = Date.now() + ms;
  while (!holds()) {
    assert.ok(Date.now() < end, `not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
