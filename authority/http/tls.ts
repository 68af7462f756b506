/**
 * Makes the HTTPS channel's certificates: a certificate authority of our own and a server certificate under it, ECDSA
 * P-256. The named exception to "cryptography lives in the suite": it is X.509 and nothing of the protocol.
 *
 * @module
 */

import { X509Certificate } from "node:crypto";
import type * as x509 from "@peculiar/x509";
import { Fault } from "../../bootloader/wire/mod.ts";

/** PEM texts of a channel. The two private keys are PKCS #8. */
export interface ChannelCertificates {
  readonly caCertificate: string;
  readonly caKey: string;
  readonly certificate: string;
  readonly key: string;
}

/** What the certificates say. */
export interface ChannelFacts {
  /** Host names and IP addresses that the server is reached by. */
  readonly names: readonly string[];
  readonly nowMs: number;
  readonly random: (n: number) => Uint8Array;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
const LEAF_DAYS = 365;
// An appliance without a battery begins its day in 1970: a certificate that begins later would be refused by it, and nobody
// is there to set its clock. What is older than the key is no danger: nothing was sealed with it then.
const BEGINS = new Date(0);
// RFC 5280, 4.1.2.5: no well-defined end. What ends is the server's certificate; the appliance's trust ends by a person's act.
const NEVER = new Date("9999-12-31T23:59:59Z");

/** X.509's container library: loaded when a certificate is made, since it costs every command a third of its start. */
async function library(): Promise<typeof x509> {
  // It needs this polyfill to be loaded first.
  await import("reflect-metadata");
  const loaded = await import("@peculiar/x509");
  loaded.cryptoProvider.set(crypto);
  return loaded;
}

/** Makes a certificate authority without an end and a server certificate (1 year). */
export async function makeChannelCertificates(facts: ChannelFacts): Promise<ChannelCertificates> {
  const x509 = await library();
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(facts.random),
    name: "CN=Flashseal channel authority",
    notBefore: BEGINS,
    notAfter: NEVER,
    signingAlgorithm: ALGORITHM,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const names = facts.names.map((value): x509.JsonGeneralName => ({
    type: isAddress(value) ? "ip" : "dns",
    value,
  }));
  const leaf = await signLeaf({ ca, signingKey: caKeys.privateKey, publicKey: keys.publicKey, names }, facts);
  return {
    caCertificate: `${ca.toString("pem")}\n`,
    caKey: await privateKeyPem(caKeys.privateKey),
    certificate: `${leaf.toString("pem")}\n`,
    key: await privateKeyPem(keys.privateKey),
  };
}

/**
 * Returns a new certificate for the same server: same names, same key, same authority, one year from now.
 * @throws {Fault} when the three do not belong together: such a certificate would be refused by every appliance.
 */
export async function renewServerCertificate(
  channel: Pick<ChannelCertificates, "caCertificate" | "caKey" | "certificate">,
  facts: { readonly nowMs: () => number; readonly random: (n: number) => Uint8Array },
): Promise<string> {
  try {
    return await renewed(channel, facts);
  } catch (cause) {
    throw new Fault(
      "Cannot renew the channel's certificate: it is not one of this certificate authority and its key",
      {
        place: "disk",
        retry: false,
        cause,
      },
    );
  }
}

async function renewed(
  channel: Pick<ChannelCertificates, "caCertificate" | "caKey" | "certificate">,
  facts: { readonly nowMs: () => number; readonly random: (n: number) => Uint8Array },
): Promise<string> {
  const x509 = await library();
  const ca = new x509.X509Certificate(channel.caCertificate);
  const before = new x509.X509Certificate(channel.certificate);
  const names = before.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const [caKey] = x509.PemConverter.decode(channel.caKey);
  const signingKey = await crypto.subtle.importKey("pkcs8", caKey ?? new ArrayBuffer(0), ALGORITHM, false, [
    "sign",
  ]);
  const publicKey = await before.publicKey.export(ALGORITHM, ["verify"]);
  const leaf = await signLeaf({ ca, signingKey, publicKey, names }, { ...facts, nowMs: facts.nowMs() });
  const fits = await leaf.verify({ publicKey: ca.publicKey, signatureOnly: true });
  if (!fits || before.issuer !== ca.subject) throw new RangeError("another certificate authority made it");
  return `${leaf.toString("pem")}\n`;
}

/** Returns when a certificate (PEM) ends, in milliseconds since 1970. */
export function channelEndsMs(certificate: string): number {
  // Each start of the server asks: the library is not loaded for it.
  return Date.parse(new X509Certificate(certificate).validTo);
}

async function signLeaf(
  { ca, signingKey, publicKey, names }: {
    readonly ca: x509.X509Certificate;
    readonly signingKey: CryptoKey;
    readonly publicKey: CryptoKey;
    readonly names: x509.JsonGeneralName[];
  },
  facts: Pick<ChannelFacts, "nowMs" | "random">,
): Promise<x509.X509Certificate> {
  const x509 = await library();
  return await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(facts.random),
    subject: "CN=Flashseal authority",
    issuer: ca.subject,
    notBefore: BEGINS,
    notAfter: new Date(facts.nowMs + LEAF_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], false),
      new x509.SubjectAlternativeNameExtension(names),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  });
}

/** Whether a name is an IP address: those go into certificates as another kind than host names. */
export function isAddress(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || name.includes(":");
}

function serialNumber(random: (n: number) => Uint8Array): string {
  // RFC 5280: positive, at most 20 bytes; the first digit keeps it positive and of full length.
  return `5${random(15).toHex().slice(0, 29)}`.padEnd(30, "0");
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  return pemOf("PRIVATE KEY", new Uint8Array(await crypto.subtle.exportKey("pkcs8", key)));
}

/** Returns DER as PEM (RFC 7468). */
export function pemOf(title: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${title}-----`, ...lines, `-----END ${title}-----`, ""].join("\n");
}
