/**
 * Release encryption and upload on the owner's machine: what leaves it is encrypted, and is encrypted once.
 *
 * @module
 */
export {
  type CreatedRelease,
  createRelease,
  type ReleaseOrder,
  type ReleasePorts,
} from "./create_release.ts";
export { type PreparedRelease, prepareRelease, type ReleaseContext } from "./prepare.ts";
export { readState, type UploadState, type UploadStore } from "./state.ts";
export { type Patience, patiently, type Result } from "./patience.ts";
export { PART_BYTES, type UploadProgress } from "./upload.ts";
