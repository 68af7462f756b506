/**
 * What the demo's owner does, over HTTPS like any owner: product, release, order, enrolment code, raise.
 *
 * @module
 */
import {
  createOrder,
  createOwnerHost,
  createProduct,
  fillCertificateSlot,
  type FirmwareFile,
  firmwareTargetOf,
  lendUnits,
  login,
  lowerOrder,
  makeEnrolmentCode,
  makeRelease,
  openSession,
  type OwnerHost,
  type OwnerReport,
  type OwnerSession,
  parseChipName,
  raiseOrder,
  readFirmware,
  type Result,
  showQuota,
} from "../../authority/owner/mod.ts";
import { pointTable } from "../../bootloader/suite/mod.ts";
import { regionTakesLease } from "../../bootloader/ticket/mod.ts";
import { concat, Fault, idBytes } from "../../bootloader/wire/mod.ts";
import type { ExpectedImage } from "./evidence.ts";

const PRODUCT = "demo product";
const ORDER = "demo order";
const APPLIANCE = "demo appliance";

/** The demo's owner at work. */
export interface DemoOwner {
  enrolmentCode(): Promise<string>;
  /** Lends units of the order to the one appliance, for work without network. */
  lend(units: number): Promise<void>;
  raise(by: number): Promise<void>;
  quota(): Promise<Quota>;
  close(): void;
}

/** The owner who has just set everything up. */
export interface FoundedOwner extends DemoOwner {
  /** The whole image as it must end up in flash, computed from the firmware file on this machine. */
  readonly expected: ExpectedImage;
  readonly encryptedBytes: number;
}

/** The counts that `demo --json` prints. */
export type Quota = OwnerReport["total"];

/** What the owner starts from. */
export interface OwnerTask {
  readonly origin: string;
  readonly authorityFolder: string;
  readonly profileFile: string;
  readonly chip: string;
  readonly file: FirmwareFile;
  readonly granted: number;
  /** How many units may be lent to an appliance for offline work; 0: online only. */
  readonly lentMost: number;
}

/**
 * Returns how many of `wanted` units can be lent for a firmware: none when its personal region is there but too short for
 * a certificate of a lease (P-56). @throws {Malformed} when the firmware file cannot be used
 */
export function unitsToLend(wanted: number, file: FirmwareFile, chip: string): number {
  const { family, flashKb } = parseChipName(chip);
  const target = firmwareTargetOf({ family: family.chips.family, chipId: null, flashKb, lockLevel: 1 });
  return regionTakesLease(readFirmware(file, target).personal.length) ? wanted : 0;
}

/** Logs in to an authority whose product and order are there already. */
export async function openOwner(
  task: Pick<OwnerTask, "origin" | "authorityFolder" | "profileFile">,
): Promise<DemoOwner> {
  const host = createOwnerHost();
  try {
    return actsOf(await logIn(task, host), host);
  } catch (error) {
    host.close();
    throw error;
  }
}

/** Logs in, makes product, release and order. @throws {Malformed} when the firmware file cannot be used */
export async function startOwner(task: OwnerTask): Promise<FoundedOwner> {
  const host = createOwnerHost();
  try {
    return await setUp(task, host);
  } catch (error) {
    host.close();
    throw error;
  }
}

async function logIn(
  { origin, authorityFolder, profileFile }: Pick<OwnerTask, "origin" | "authorityFolder" | "profileFile">,
  host: OwnerHost,
): Promise<OwnerSession> {
  granted(
    await login({
      url: origin,
      caFile: `${authorityFolder}/tls/ca-certificate.pem`,
      apiKeyFile: `${authorityFolder}/owner-api-key.txt`,
      profileFile,
    }, host),
  );
  return await openSession(profileFile, host);
}

async function setUp(task: OwnerTask, host: OwnerHost): Promise<FoundedOwner> {
  const session = await logIn(task, host);
  const product = granted(
    await createProduct(session, {
      name: PRODUCT,
      chip: task.chip,
      optionsFrom: task.file,
      ...(task.lentMost === 0 ? {} : { offline: { unitsMax: task.lentMost, days: 30 } }),
      acknowledges: { deviceClassC: true, lockClass: true, offline: task.lentMost > 0 },
    }),
  );
  const release = granted(
    await makeRelease(session, {
      product: product.product,
      version: "1.0.0",
      file: task.file,
      stateFile: `${task.profileFile}.upload`,
    }),
  );
  await makeOrder(session, task.granted);
  return {
    expected: expectedImage(task.file, product),
    encryptedBytes: release.release.bytes,
    ...actsOf(session, host),
  };
}

function actsOf(session: OwnerSession, host: OwnerHost): DemoOwner {
  return {
    enrolmentCode: async () =>
      granted(await makeEnrolmentCode(session, { name: APPLIANCE, products: [] })).code,
    lend: async (units) =>
      void granted(
        await lendUnits(session, { order: ORDER, appliance: APPLIANCE, units, acknowledgesOffline: true }),
      ),
    raise: async (by) => void granted(await raiseOrder(session, ORDER, by)),
    quota: async () => granted(await showQuota(session)).total,
    close: () => host.close(),
  };
}

/** An order cannot be made of nothing: a demo of one device grants a unit and takes it back. */
async function makeOrder(session: OwnerSession, units: number): Promise<void> {
  granted(
    await createOrder(session, {
      name: ORDER,
      product: PRODUCT,
      release: "1.0.0",
      granted: Math.max(units, 1),
    }),
  );
  if (units === 0) granted(await lowerOrder(session, ORDER, 1));
}

type Product = Extract<Awaited<ReturnType<typeof createProduct>>, { readonly granted: unknown }>["granted"];

function expectedImage(file: FirmwareFile, product: Product): ExpectedImage {
  const target = firmwareTargetOf(product);
  const certificateKey = Uint8Array.fromHex(product.certificatePublicKey);
  const points = pointTable(certificateKey);
  const { image, personal } = fillCertificateSlot(readFirmware(file, target), target.chip.flash, {
    publicKey: certificateKey,
    table: concat(points.yMinusX, points.yPlusX, points.twoDxy),
    owner: idBytes(product.owner),
    product: idBytes(product.product),
  });
  return { image, personal, certificateKey };
}

function granted<T>(result: Result<T>): T {
  if ("granted" in result) return result.granted;
  const { says, remedy, detail } = result.refused;
  throw new Fault(`Cannot go on with the demo: ${says}${detail ? ` (${detail})` : ""}. ${remedy}`, {
    place: "authority",
    retry: false,
  });
}
