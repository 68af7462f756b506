/**
 * Makes the HTTPS channel's certificates: a certificate authority of our own and a server certificate under it, ECDSA
 * P-256. The named exception to "cryptography lives in the suite": it is X.509 and nothing of the protocol.
 *
 * @module
 */

// X.509's container library needs this polyfill to be loaded first.
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

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
const CA_DAYS = 3_650;
const LEAF_DAYS = 365;
// Clocks of appliances may be behind: a certificate that begins today would be refused by them.
const BEGINS_DAYS_AGO = 365;

/** Makes a certificate authority (10 years) and a server certificate (1 year). */
export async function makeChannelCertificates(facts: ChannelFacts): Promise<ChannelCertificates> {
  x509.cryptoProvider.set(crypto);
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(facts.random),
    name: "CN=Flashseal channel authority",
    notBefore: new Date(facts.nowMs - BEGINS_DAYS_AGO * DAY_MS),
    notAfter: new Date(facts.nowMs + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const leaf = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(facts.random),
    subject: "CN=Flashseal authority",
    issuer: ca.subject,
    notBefore: new Date(facts.nowMs - BEGINS_DAYS_AGO * DAY_MS),
    notAfter: new Date(facts.nowMs + LEAF_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], false),
      new x509.SubjectAlternativeNameExtension(
        facts.names.map((value): x509.JsonGeneralName => ({ type: isAddress(value) ? "ip" : "dns", value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(ca.publicKey),
    ],
  });
  return {
    caCertificate: `${ca.toString("pem")}\n`,
    caKey: await privateKeyPem(caKeys.privateKey),
    certificate: `${leaf.toString("pem")}\n`,
    key: await privateKeyPem(keys.privateKey),
  };
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
