/**
 * Renews the certificate of the HTTPS channel, under the same certificate authority and with the same key, before it ends:
 * appliances trust that authority and no date has to be kept in mind by anybody (P-73).
 *
 * @module
 */

import { Fault } from "../bootloader/wire/mod.ts";
import type { AuthorityConfig } from "./config.ts";
import type { Host } from "./host/mod.ts";
import { channelEndsMs, renewServerCertificate } from "./http/mod.ts";

/** What renewing needs of the machine. */
export type RenewalPorts = Pick<Host, "nowMs" | "random" | "files">;

/** What came of it. `missing`: it is due, and the key of the certificate authority is not there. */
export interface ChannelRenewal {
  readonly result: "renewed" | "not due" | "missing";
  /** Milliseconds since 1970: when the certificate in the file ends. */
  readonly endsAtMs: number;
}

const DAY_MS = 86_400_000;
/** A certificate of one year is renewed in its last four months: an authority may be off that long. */
const DUE_DAYS = 120;

/** Renews where it is due, or in any case with `force`. @throws {Fault} when files cannot be used or do not belong together. */
export async function renewChannel(
  files: Pick<AuthorityConfig, "caCertificateFile" | "caKeyFile" | "certificateFile">,
  ports: RenewalPorts,
  options: { readonly force: boolean },
): Promise<ChannelRenewal> {
  const certificate = await ports.files.readText(files.certificateFile);
  const endsAtMs = readable(files.certificateFile, () => channelEndsMs(certificate));
  if (!options.force && endsAtMs - ports.nowMs() > DUE_DAYS * DAY_MS) return { result: "not due", endsAtMs };
  const caKey = await readOrNull(ports, files.caKeyFile, options);
  if (caKey === null) return { result: "missing", endsAtMs };
  const channel = { caCertificate: await ports.files.readText(files.caCertificateFile), caKey, certificate };
  const renewed = await renewServerCertificate(channel, ports);
  // One file changes, as a whole: the server's key stays, so that no crash leaves a pair that does not fit.
  await ports.files.replace(files.certificateFile, renewed);
  return { result: "renewed", endsAtMs: channelEndsMs(renewed) };
}

/** Whatever X.509's library throws about a file is about the file. */
function readable<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new Fault(`Cannot read the certificate "${path}": it is no X.509 certificate in PEM`, {
      place: "disk",
      retry: false,
      cause,
    });
  }
}

/** An owner may keep the key elsewhere: then the server goes on and says what is missing. */
async function readOrNull(
  { files }: RenewalPorts,
  path: string,
  { force }: { readonly force: boolean },
): Promise<string | null> {
  try {
    return await files.readText(path);
  } catch (error) {
    if (force || !(error instanceof Fault)) throw error;
    return null;
  }
}
