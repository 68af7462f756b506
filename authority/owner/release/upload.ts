/**
 * Sends encrypted content in parts and goes on where the authority's durable bytes end, through lost replies and
 * broken connections. Knows bytes and offsets; has no key and never sees a clear byte.
 *
 * @module
 */
import type { Answer, OwnerClient, Refused, ReleaseReply } from "../../api/mod.ts";
import { Fault, type ReleaseId } from "../../../bootloader/wire/mod.ts";
import { patiently, type Result } from "./patience.ts";

/** How far an upload is. */
export interface UploadProgress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

/** What an upload is given. */
export interface UploadPorts {
  readonly client: Pick<OwnerClient, "release" | "uploadRelease">;
  /** Resolves after so many milliseconds. */
  readonly wait: (ms: number) => Promise<void>;
  readonly onProgress?: (progress: UploadProgress) => void;
  readonly signal?: AbortSignal;
}

/** Bytes of one part: small enough to get through a bad network, far below the contract's limit of 1 MiB. */
export const PART_BYTES = 65_536;

/** Parts in a row that may add nothing before the upload gives up; the state file lets it go on later. */
const IDLE_PARTS_MAX = 6;

/**
 * Sends what the authority does not have yet.
 *
 * @throws {Fault} when six parts in a row added nothing, or the network failed for too long
 */
export async function uploadContent(
  release: ReleaseId,
  content: Uint8Array,
  ports: UploadPorts,
): Promise<Result<{ readonly receivedBytes: number }>> {
  const { client, signal } = ports;
  const options = signal === undefined ? {} : { signal };
  const known = await patiently(ports, () => client.release(release, options));
  if ("refused" in known) return known;
  let received = known.granted.receivedBytes;
  let idle = 0;
  // Bound: each turn either adds bytes or counts against IDLE_PARTS_MAX.
  while (received < content.length) {
    ports.onProgress?.({ sentBytes: received, totalBytes: content.length });
    const part = { offset: received, content: content.subarray(received, received + PART_BYTES) };
    const sent = await patiently(ports, () => client.uploadRelease(release, part, options));
    if ("refused" in sent && !mayContinue(sent.refused)) return sent;
    const now = "granted" in sent ? sent.granted.receivedBytes : await askReceived(release, ports, options);
    if (now === undefined) return sent as { readonly refused: Refused };
    idle = now > received ? 0 : idle + 1;
    if (idle >= IDLE_PARTS_MAX) {
      throw new Fault(`Cannot upload the release: the server keeps only ${now} of ${content.length} bytes`, {
        place: "authority",
        retry: true,
      });
    }
    received = now;
  }
  ports.onProgress?.({ sentBytes: content.length, totalBytes: content.length });
  return { granted: { receivedBytes: received } };
}

/** Refusals that say only that the part did not go on where the content ends, or was damaged on its way. */
function mayContinue({ code }: Refused): boolean {
  return code === "upload-elsewhere" || code === "digest-wrong" || code === "upload-finished";
}

async function askReceived(
  release: ReleaseId,
  ports: UploadPorts,
  options: { readonly signal?: AbortSignal },
): Promise<number | undefined> {
  const answer: Answer<ReleaseReply> = await patiently(ports, () => ports.client.release(release, options));
  return "granted" in answer ? answer.granted.receivedBytes : undefined;
}
