/**
 * `authority renew-tls`: a new certificate for the HTTPS channel, whether or not it is due.
 *
 * @module
 */

import { parseAuthorityConfig } from "./config.ts";
import { type RenewalPorts, renewChannel } from "./renew_channel.ts";

/** Renews the certificate of the authority in a folder. @throws {Fault} when a file is missing; {Malformed} for config.json. */
export async function renewTls(
  folder: string,
  ports: RenewalPorts,
): Promise<{ readonly certificateFile: string; readonly endsAtMs: number }> {
  const at = (path: string) => path.startsWith("/") ? path : `${folder}/${path}`;
  const config = parseAuthorityConfig(await ports.files.readText(`${folder}/config.json`));
  const certificateFile = at(config.certificateFile);
  const files = {
    caCertificateFile: at(config.caCertificateFile),
    caKeyFile: at(config.caKeyFile),
    certificateFile,
  };
  const { endsAtMs } = await renewChannel(files, ports, { force: true });
  return { certificateFile, endsAtMs };
}
