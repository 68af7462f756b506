/**
 * The owner's side: firmware files, release encryption, and every operation on the authority, as plain functions that
 * the command line binds to. Refusals are values; Malformed and Fault are thrown.
 *
 * @module
 */
export {
  decideRenewal,
  listAppliances,
  type ListedAppliance,
  makeEnrolmentCode,
  type NewAppliance,
  revokeAppliance,
  showAppliance,
  stopAppliance,
} from "./appliances.ts";
export { carryFile, type CarryFileOptions, type CarryOutcome } from "./carry.ts";
export {
  decideDevice,
  type DevicePage,
  type DeviceRecord,
  listDevices,
  type NamedDevice,
  showDevice,
} from "./devices.ts";
export {
  type FileChoices,
  fillCertificateSlot,
  type Finding,
  type Firmware,
  type FirmwareFile,
  type FirmwareTarget,
  firmwareTargetOf,
  hexAddress,
  parseAddress,
  parseChipName,
  parseRegion,
  readFirmware,
  type Region,
} from "./firmware_file/mod.ts";
export {
  chipsText,
  giveUpLease,
  lendUnits,
  type LentUnits,
  listAllowances,
  listLeases,
  listLent,
  listScannedChips,
  type NamedAllowance,
  type NamedLease,
  type NewAllowance,
  parseUidPattern,
  type ScannedChips,
} from "./leases.ts";
export {
  allowRework,
  confirmOrder,
  createOrder,
  freeUnaccounted,
  freezeOrder,
  listOrders,
  lowerOrder,
  type NewOrder,
  parseTime,
  raiseOrder,
  redateOrder,
  showOrder,
  showQuota,
  thawOrder,
} from "./orders.ts";
export { fetchLog } from "./log.ts";
export { createOwnerHost, type OwnerHost } from "./host.ts";
export type { OwnerFiles, OwnerWorld } from "./ports.ts";
export { createProduct, listProducts, type NewProduct, showProduct } from "./products.ts";
export {
  type Login,
  login,
  type LoginOptions,
  openSession,
  type OwnerSession,
  type Profile,
} from "./profile.ts";
export * from "./proof/mod.ts";
export { type CreatedRelease, type Result, type UploadProgress } from "./release/mod.ts";
export { listReleases, makeRelease, type NewRelease, showRelease } from "./releases.ts";
export { makeReport, type OwnerReport, type ReportedOrder } from "./report.ts";
