/**
 * Makes a release out of a firmware file and brings it to the authority, once: the encrypted result is kept before the
 * first byte is sent, and every further attempt sends the same bytes (P-32). Knows no disk and no terminal.
 *
 * @module
 */
import { openKeySet, type OwnerClient, type OwnerReply, type ReleaseReply } from "../../api/mod.ts";
import type { Random } from "../../../bootloader/suite/mod.ts";
import { Malformed, type ProductId, sameBytes } from "../../../bootloader/wire/mod.ts";
import { type FileChoices, type Finding, type FirmwareFile, firmwareTargetOf } from "../firmware_file/mod.ts";
import { prepareRelease } from "./prepare.ts";
import { isStateOf, readState, tagOf, type UploadState, type UploadStore, writeState } from "./state.ts";
import { patiently, type Result } from "./patience.ts";
import { uploadContent, type UploadProgress } from "./upload.ts";

/** What the owner asks for. */
export interface ReleaseOrder {
  readonly product: ProductId;
  readonly version: string;
  readonly file: FirmwareFile;
  readonly choices: FileChoices;
  /** Gives up an unfinished upload that lies in the way. */
  readonly restart?: boolean;
}

/** What making a release is given. */
export interface ReleasePorts {
  readonly client: OwnerClient;
  /** The root public key that was learned at login: only keys that it vouches for get a release key. */
  readonly rootPublicKey: Uint8Array;
  readonly random: Random;
  readonly store: UploadStore;
  readonly wait: (ms: number) => Promise<void>;
  readonly onProgress?: (progress: UploadProgress) => void;
  readonly signal?: AbortSignal;
}

/** A release that is complete at the authority. */
export interface CreatedRelease {
  readonly release: ReleaseReply;
  readonly findings: readonly Finding[];
  /** Whether this run went on with bytes that an earlier one had encrypted. */
  readonly resumed: boolean;
}

/**
 * Returns the complete release, or the authority's refusal.
 *
 * @throws {Malformed} for a file that cannot be used, or an unfinished upload of something else; {Fault} for disk and
 * network: then the same call goes on where this one stopped
 */
export async function createRelease(
  order: ReleaseOrder,
  ports: ReleasePorts,
): Promise<Result<CreatedRelease>> {
  if (order.restart === true) await ports.store.remove();
  const kept = await ports.store.load();
  if (kept !== undefined) {
    const state = readState(kept);
    checkSameInput(state, order, ports);
    return await send(state, ports, { findings: [], resumed: true });
  }
  const begun = await begin(order, ports);
  if ("refused" in begun) return begun;
  const { state, findings } = begun.granted;
  return await send(state, ports, { findings, resumed: false });
}

/** Encrypts, and keeps the result before anything is sent. */
async function begin(
  order: ReleaseOrder,
  ports: ReleasePorts,
): Promise<Result<{ readonly state: UploadState; readonly findings: readonly Finding[] }>> {
  const { client, random } = ports;
  const owner = await patiently(ports, () => client.owner());
  if ("refused" in owner) return owner;
  const product = await patiently(ports, () => client.product(order.product));
  if ("refused" in product) return product;
  const prepared = prepareRelease(order.file, {
    owner: owner.granted.owner,
    product: product.granted,
    target: firmwareTargetOf(product.granted),
    version: order.version,
    unwrapKey: unwrapKeyOf(owner.granted, ports.rootPublicKey),
  }, { choices: order.choices, random });
  const salt = random(32);
  const state: UploadState = {
    root: ports.rootPublicKey.toHex(),
    idempotencyKey: random(16).toHex(),
    salt: salt.toHex(),
    tag: tagOf(salt, order.file.bytes, choicesText(order)).toHex(),
    request: prepared.request,
    content: prepared.content,
  };
  await ports.store.save(writeState(state));
  return { granted: { state, findings: prepared.findings } };
}

/** The unwrap key comes out of a key set that the known root signed, whatever else the server says. */
function unwrapKeyOf(owner: OwnerReply, rootPublicKey: Uint8Array): Uint8Array {
  if (!sameBytes(Uint8Array.fromHex(owner.rootPublicKey), rootPublicKey)) {
    throw new Malformed(
      "Cannot trust the server's root key: it is not the one of the last login; find out why before you log in again",
      { structure: "root key" },
    );
  }
  return openKeySet(Uint8Array.fromHex(owner.keySet), rootPublicKey).unwrapKey;
}

function checkSameInput(state: UploadState, order: ReleaseOrder, ports: ReleasePorts): void {
  const { product, version } = state.request;
  const same = state.root === ports.rootPublicKey.toHex() &&
    isStateOf(state, order.file.bytes, choicesText(order));
  if (same) return;
  throw new Malformed(
    `Cannot begin this release: the upload of version "${version}" of product ${product} is not finished; ` +
      "finish it with the same file and choices, or give it up with --restart",
    { structure: "upload state" },
  );
}

function choicesText({ product, version, choices }: ReleaseOrder): string {
  return JSON.stringify([product, version, choices.personal ?? null, choices.certificateSlotAddress ?? null]);
}

/** Creates, uploads and finishes; every step may be repeated. */
async function send(
  state: UploadState,
  ports: ReleasePorts,
  told: Pick<CreatedRelease, "findings" | "resumed">,
): Promise<Result<CreatedRelease>> {
  const { client } = ports;
  const { request, content, idempotencyKey } = state;
  const { release } = request;
  const signal = ports.signal === undefined ? {} : { signal: ports.signal };
  const created = await patiently(ports, () => client.createRelease(request, { ...signal, idempotencyKey }));
  if ("refused" in created) {
    // Nothing of it is at the authority: what was kept is of no use, and a corrected command begins anew.
    await ports.store.remove();
    return created;
  }
  const sent = await uploadContent(release, content, ports);
  if ("refused" in sent) return sent;
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(content))).toHex();
  const finished = await patiently(ports, () => client.finishRelease(release, { sha256 }, signal));
  if ("refused" in finished) {
    if (finished.refused.code !== "upload-finished") return finished;
    // A lost reply to an earlier finish: the authority has it whole.
    const known = await patiently(ports, () => client.release(release, signal));
    if ("refused" in known) return known;
    await ports.store.remove();
    return { granted: { release: known.granted, ...told } };
  }
  await ports.store.remove();
  return { granted: { release: finished.granted, ...told } };
}
