/**
 * The authority as the composition root sees it: make one, serve one, or put one together for a test.
 *
 * @module
 */

export * from "./authority.ts";
export {
  backupAuthority,
  type BackupMade,
  beginEpochByHand,
  restoreAuthority,
  type Restored,
} from "./backup.ts";
export { type AuthorityConfig, initialConfig, parseAuthorityConfig } from "./config.ts";
export { foundAuthority, type Founding } from "./found.ts";
export { changeKeys, type ChangeOptions, keySetRefusals, showKeys } from "./change_keys.ts";
export { carryHere, type CarryHereOptions } from "./carry.ts";
export { createHost, type Host } from "./host/mod.ts";
export { initAuthority, type InitOptions, type InitResult } from "./init.ts";
export { renewTls } from "./renew_tls.ts";
export { serveAuthority, type Served, type ServeOptions } from "./serve.ts";
export { Database } from "./store/mod.ts";
