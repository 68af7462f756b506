/**
 * What the owner of a chaos site does, over HTTPS like any owner: product, release, order, enrolment code; and what the
 * whole image must look like in flash, computed from the firmware file on the owner's machine.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  createOrder,
  createOwnerHost,
  createProduct,
  fillCertificateSlot,
  firmwareTargetOf,
  login,
  makeEnrolmentCode,
  makeRelease,
  openSession,
  type OwnerSession,
  readFirmware,
} from "../../authority/owner/mod.ts";
import { sampleFirmware } from "../../bootloader/firmware/mod.ts";
import { pointTable } from "../../bootloader/suite/mod.ts";
import { concat, idBytes } from "../../bootloader/wire/mod.ts";

const PRODUCT = "Thermostat";

/** The owner of a site. */
export interface Owner {
  readonly session: OwnerSession;
  /** The whole flash, gaps and tail 0xFF, and the region that differs per device. */
  readonly image: Uint8Array;
  readonly personal: { readonly offset: number; readonly length: number };
  /** Makes a code for a new appliance of this name. */
  enrolmentCode(name?: string): Promise<string>;
  close(): void;
}

function granted<T>(result: { readonly granted: T } | { readonly refused: unknown }): T {
  assert.ok("granted" in result, JSON.stringify(result));
  return result.granted;
}

/** Logs in and makes a product with one release and an order of `units`. */
export async function makeOwner(
  task: {
    readonly origin: string;
    readonly authorityFolder: string;
    readonly folder: string;
    readonly chip: string;
    readonly units: number;
    readonly message2Limit?: number;
    /** Lets the product be programmed without the server. */
    readonly offline?: boolean;
  },
): Promise<Owner> {
  const host = createOwnerHost();
  const profileFile = `${task.folder}/profile.json`;
  const apiKeyFile = `${task.authorityFolder}/owner-api-key.txt`;
  const caFile = `${task.authorityFolder}/tls/ca-certificate.pem`;
  granted(await login({ url: task.origin, caFile, apiKeyFile, profileFile }, host));
  const session = await openSession(profileFile, host);
  const { elf, file: name } = sampleFirmware();
  const file = { name, bytes: elf };
  const product = granted(
    await createProduct(session, {
      name: PRODUCT,
      chip: task.chip,
      optionsFrom: file,
      ...(task.offline === true ? { offline: { unitsMax: 100, days: 30 } } : {}),
      acknowledges: { deviceClassC: true, lockClass: true, offline: task.offline === true },
    }),
  );
  const stateFile = `${task.folder}/upload.json`;
  granted(await makeRelease(session, { product: product.product, version: "1.0.0", file, stateFile }));
  granted(
    await createOrder(session, {
      name: "first",
      product: PRODUCT,
      release: "1.0.0",
      granted: task.units,
      ...(task.message2Limit === undefined ? {} : { message2Limit: task.message2Limit }),
    }),
  );
  const target = firmwareTargetOf(product);
  const publicKey = Uint8Array.fromHex(product.certificatePublicKey);
  const points = pointTable(publicKey);
  const { image, personal } = fillCertificateSlot(readFirmware(file, target), target.chip.flash, {
    publicKey,
    table: concat(points.yMinusX, points.yPlusX, points.twoDxy),
    owner: idBytes(product.owner),
    product: idBytes(product.product),
  });
  return {
    session,
    image,
    personal,
    async enrolmentCode(name = "Line 1") {
      return granted(await makeEnrolmentCode(session, { name, products: [] })).code;
    },
    close: () => host.close(),
  };
}
