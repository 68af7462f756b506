/**
 * The vault: key-holder of the units that the owner has lent to this appliance, and the office that stands in for the
 * authority while it is out of reach (PROTOCOL section 13, D§5). Kind `file`: it finds double spending, it does not
 * prevent it.
 *
 * @module
 */
export { descriptorOf, FileVault, isOver, isUsable, type VaultPorts } from "./file_vault.ts";
export { OfflineOffice } from "./offline_office.ts";
export { SealedStorage } from "./sealed_storage.ts";
export {
  type ChipQuestion,
  type LeaseAsked,
  type NoTicket,
  type Use,
  type UseAnswer,
  type Vault,
  type VaultKind,
  vaultKinds,
  type VaultRefusal,
} from "./vault.ts";
