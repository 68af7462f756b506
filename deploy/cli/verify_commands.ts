/**
 * `flashseal verify ...`: proofs checked with public keys alone, on the second implementation of the suite.
 *
 * @module
 */
import type { Command } from "commander";
import {
  proofBytes,
  readLog,
  readTrust,
  type Verdict,
  verifyCertificate,
  verifyLog,
  verifyReceipt,
  verifyTicket,
} from "../../authority/owner/mod.ts";
import { parseUid } from "../../bootloader/wire/mod.ts";
import { bind, type Exit } from "./command.ts";
import type { Outcome } from "./outcome.ts";
import { Usage } from "./outcome.ts";

/** Registers `verify`. */
export function verifyCommands(program: Command, exit: Exit): void {
  const verify = program.command("verify").description(
    "check a proof with public keys alone, without the authority",
  );
  bind<{ readonly key: string; readonly uid?: string }>(
    verify.command("certificate <file>").description(
      "a device certificate: its bytes, hexadecimal text, or a device record",
    )
      .requiredOption("--key <hex>", "the product's certificate key, 64 hexadecimal digits")
      .option("--uid <hex>", "the UID that was read from the chip"),
    exit,
    async ({ options, args }) => {
      const { bytes } = proofBytes("certificate", await Deno.readFile(args[0] ?? ""));
      return outcomeOf(
        "certificate",
        verifyCertificate(bytes, {
          publicKey: keyOf(options.key),
          ...(options.uid === undefined ? {} : { uid: parseUid(options.uid) }),
        }),
      );
    },
  );
  bind<{ readonly trust: string }>(
    verify.command("ticket <file>").description("a ticket: was it signed by this authority?")
      .requiredOption(
        "--trust <file>",
        "JSON with rootPublicKey and keySet, as the authority's /v1/trust or authority keys show --json give",
      ),
    exit,
    async ({ options, args }) => {
      const { bytes } = proofBytes("ticket", await Deno.readFile(args[0] ?? ""));
      return outcomeOf("ticket", verifyTicket(bytes, readTrust(await Deno.readFile(options.trust))));
    },
  );
  bind<{ readonly trust: string }>(
    verify.command("receipt <file>").description("a receipt with the authority's countersignature")
      .requiredOption(
        "--trust <file>",
        "JSON with rootPublicKey and keySet, as the authority's /v1/trust or authority keys show --json give",
      ),
    exit,
    async ({ options, args }) => {
      const { bytes, statement } = proofBytes("receipt", await Deno.readFile(args[0] ?? ""));
      if (statement === undefined) {
        throw new Usage("Cannot check the receipt: the file holds no countersignature");
      }
      return outcomeOf(
        "receipt",
        verifyReceipt({ record: bytes, statement }, readTrust(await Deno.readFile(options.trust))),
      );
    },
  );
  bind<{ readonly trust: string }>(
    verify.command("log <file>").description(
      "the server's log as owner log saves it: is it whole, unchanged, and its head signed?",
    )
      .requiredOption(
        "--trust <file>",
        "JSON with rootPublicKey and keySet, as the authority's /v1/trust gives",
      ),
    exit,
    async ({ options, args }) => {
      const log = readLog(await Deno.readFile(args[0] ?? ""));
      return outcomeOf("log", verifyLog(log, readTrust(await Deno.readFile(options.trust))));
    },
  );
}

function keyOf(text: string): Uint8Array {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new Usage("Cannot use --key: it must be 64 hexadecimal digits");
  return Uint8Array.fromHex(text);
}

function outcomeOf<T>(what: string, verdict: Verdict<T>): Outcome {
  if (!verdict.holds) {
    return {
      refused: `${what}-not-valid`,
      sentence: `The ${what} does not hold: ${verdict.why}`,
      remedy: "Do not rely on it",
    };
  }
  const readable = JSON.parse(
    JSON.stringify(verdict.says, (_, value) => value instanceof Uint8Array ? value.toHex() : value),
  ) as Record<string, unknown>;
  return {
    json: { valid: true, ...readable },
    lines: [
      `The ${what} holds`,
      ...Object.entries(readable).map(([name, value]) =>
        `  ${name}: ${typeof value === "object" ? JSON.stringify(value) : value}`
      ),
    ],
  };
}
