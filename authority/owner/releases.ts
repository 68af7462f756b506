/**
 * Releases: made from a firmware file on this machine, listed, found by version.
 *
 * @module
 */
import type { ReleaseReply } from "../api/mod.ts";
import { ask, pickOne } from "./calls.ts";
import type { FileChoices, FirmwareFile } from "./firmware_file/mod.ts";
import { showProduct } from "./products.ts";
import type { OwnerSession } from "./profile.ts";
import { type CreatedRelease, createRelease, type Result, type UploadProgress } from "./release/mod.ts";

/** What the owner says about a new release. */
export interface NewRelease {
  /** Name or id of the product. */
  readonly product: string;
  readonly version: string;
  readonly file: FirmwareFile;
  readonly choices?: FileChoices;
  /** Where an upload that has begun is remembered: encrypted bytes and public facts only. */
  readonly stateFile: string;
  /** Gives up an unfinished upload that lies in the way. */
  readonly restart?: boolean;
  readonly onProgress?: (progress: UploadProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Encrypts a firmware file and uploads it; called again after a failure it goes on with the same bytes (P-32).
 *
 * @throws {Malformed} naming file and address, or an unfinished upload of something else
 */
export async function makeRelease(
  session: OwnerSession,
  release: NewRelease,
): Promise<Result<CreatedRelease>> {
  const product = await showProduct(session, release.product);
  if ("refused" in product) return product;
  const { world, client, profile } = session;
  const { files } = world;
  return await createRelease({
    product: product.granted.product,
    version: release.version,
    file: release.file,
    choices: release.choices ?? {},
    restart: release.restart ?? false,
  }, {
    client,
    rootPublicKey: Uint8Array.fromHex(profile.rootPublicKey),
    random: world.random,
    wait: world.wait,
    store: {
      load: () => files.read(release.stateFile),
      save: (state) => files.writeSecretly(release.stateFile, state),
      remove: () => files.remove(release.stateFile),
    },
    ...(release.onProgress === undefined ? {} : { onProgress: release.onProgress }),
    ...(release.signal === undefined ? {} : { signal: release.signal }),
  });
}

/** Returns all releases, or those of the product that a name or an id means. */
export async function listReleases(
  session: OwnerSession,
  product?: string,
): Promise<Result<readonly ReleaseReply[]>> {
  const answer = await ask(session, () => session.client.releases());
  if ("refused" in answer) return answer;
  if (product === undefined) return { granted: answer.granted.releases };
  const wanted = await showProduct(session, product);
  if ("refused" in wanted) return wanted;
  return { granted: answer.granted.releases.filter((release) => release.product === wanted.granted.product) };
}

/** Returns the release that a version or an id means, of one product or of all. */
export async function showRelease(
  session: OwnerSession,
  word: string,
  product?: string,
): Promise<Result<ReleaseReply>> {
  const list = await listReleases(session, product);
  if ("refused" in list) return list;
  return pickOne(word, {
    items: list.granted,
    namesOf: ({ release, version }) => [release, version],
    missing: "release-unknown",
  });
}
