/**
 * The authority's config.json: parsed, every key known, nothing secret in it. Knows no file.
 *
 * @module
 */

import * as v from "valibot";
import { Malformed } from "../bootloader/wire/mod.ts";
import { isZone, readWith } from "./api/mod.ts";

/** How long an appliance may be away before a person must renew it, unless config.json says otherwise: a year. */
export const OUTDATED_AFTER_DAYS = 365;

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096));

const schema = v.strictObject({
  /** Where to listen. Port 0 takes a free one and says which. */
  listen: v.strictObject({
    host: v.optional(v.pipe(v.string(), v.minLength(1)), "127.0.0.1"),
    port: v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(65_535)),
  }),
  /** Paths; relative ones count from the folder of config.json. */
  database: path,
  sealKeyFile: path,
  caCertificateFile: path,
  /** The key of the channel's certificate authority: the server's certificate is renewed with it. */
  caKeyFile: v.optional(path, "tls/ca-key.pem"),
  certificateFile: path,
  certificateKeyFile: path,
  /** How long an appliance may be away before a person must renew it. */
  outdatedAfterDays: v.optional(
    v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(3_650)),
    OUTDATED_AFTER_DAYS,
  ),
  /** The site's zone, a name of the IANA database: the owner's page shows times in it. */
  zone: v.optional(
    v.pipe(v.string(), v.maxLength(64), v.check(isZone, "must be a zone of the IANA database")),
    "UTC",
  ),
});

/** The configuration of one authority. */
export type AuthorityConfig = Readonly<v.InferOutput<typeof schema>>;

/** Returns what config.json says. @throws {Malformed} naming the key that is wrong or unknown. */
export function parseAuthorityConfig(text: string): AuthorityConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Malformed(
      `Cannot read the authority's config.json: ${cause instanceof Error ? cause.message : "it is not JSON"}`,
      { structure: "config.json" },
    );
  }
  return Object.freeze(readWith(schema, value, "the authority's config.json"));
}

/** The configuration that `initAuthority` writes. */
export const initialConfig: AuthorityConfig = Object.freeze({
  listen: { host: "127.0.0.1", port: 8443 },
  database: "database/authority.sqlite",
  sealKeyFile: "seal-key",
  caCertificateFile: "tls/ca-certificate.pem",
  caKeyFile: "tls/ca-key.pem",
  certificateFile: "tls/certificate.pem",
  certificateKeyFile: "tls/certificate-key.pem",
  outdatedAfterDays: OUTDATED_AFTER_DAYS,
  zone: "UTC",
});
