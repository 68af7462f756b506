/**
 * `flashseal owner product ...` and `flashseal owner release ...`.
 *
 * @module
 */
import type { Command } from "commander";
import {
  createProduct,
  type FirmwareFile,
  listProducts,
  listReleases,
  makeRelease,
  parseAddress,
  parseRegion,
} from "../../authority/owner/mod.ts";
import type { Exit } from "./command.ts";
import { Usage } from "./outcome.ts";
import { bindOwner, type Granted, type WithProfile } from "./owner_binding.ts";
import { nameOption } from "./owner_options.ts";
import { table } from "./text.ts";

/** Registers `product` commands. */
export function productCommands(product: Command, exit: Exit): void {
  createProductCommand(product, exit);
  bindOwner(
    product.command("list").description("all products"),
    exit,
    (session) => listProducts(session),
    (products) =>
      table(
        ["id", "name", "certificate key"],
        products.map((p) => [p.product, p.name, p.certificatePublicKey]),
      ),
  );
}

function createProductCommand(product: Command, exit: Exit): void {
  interface Create {
    readonly name: string;
    readonly chip: string;
    readonly lockLevel: string;
    readonly personal: "required" | "optional" | "none";
    readonly optionsFrom?: string;
    readonly acknowledgeDeviceClassC?: boolean;
    readonly acknowledgeLockClass?: boolean;
    readonly offlineUnits?: string;
    readonly offlineDays?: string;
    readonly acknowledgeOffline?: boolean;
  }
  bindOwner<Create, Granted<typeof createProduct>>(
    product.command("create").description("a new product; its certificate key is made by the authority")
      .requiredOption("--name <text>", "what you call it")
      .requiredOption("--chip <name>", "a name that `flashseal chips` lists")
      .option("--lock-level <1|2>", "read-out protection; 2 can never be undone on the chip", "1")
      .option(
        "--personal <required|optional|none>",
        "whether releases declare a place for the device certificate",
        "optional",
      )
      .option(
        "--options-from <file>",
        "a firmware file (.hex, .elf) whose option bytes every device of the product gets",
      )
      .option(
        "--acknowledge-device-class-c",
        "I know that software imitating such a chip can obtain a release (T-1)",
      )
      .option("--acknowledge-lock-class", "I know what the lock class of this chip means (T-4)")
      .option(
        "--offline-units <number>",
        "let appliances borrow up to this many units each (default: online only)",
      )
      .option("--offline-days <number>", "for how many days a unit is lent (default: 30)")
      .option(
        "--acknowledge-offline",
        "I know that whoever takes an appliance's disk then gets the clear firmware (T-6)",
      ),
    exit,
    async (session, { options }) =>
      await createProduct(session, {
        name: nameOption("--name", options.name),
        chip: options.chip,
        lockLevel: lockLevelOf(options.lockLevel),
        personal: options.personal,
        ...(options.optionsFrom === undefined
          ? {}
          : { optionsFrom: await firmwareFileNamed(options.optionsFrom) }),
        ...(options.offlineUnits === undefined ? {} : {
          offline: { unitsMax: Number(options.offlineUnits), days: Number(options.offlineDays ?? "30") },
        }),
        acknowledges: {
          deviceClassC: options.acknowledgeDeviceClassC === true,
          lockClass: options.acknowledgeLockClass === true,
          offline: options.acknowledgeOffline === true,
        },
      }),
    productLines,
  );
}

function productLines(made: Granted<typeof createProduct>): readonly string[] {
  return [
    `Product "${made.name}" ${made.product}`,
    `Certificate key ${made.certificatePublicKey}`,
    `Option words ${wordsText(made.optionValue)}, mask ${
      wordsText(made.optionMask)
    }, lock level ${made.lockLevel}`,
    made.offline === null
      ? "Online only"
      : `Offline: up to ${made.offline.unitsMax} units lent to an appliance, for ${made.offline.days} days; ` +
        "double spending is found, not prevented",
  ];
}

function wordsText(words: readonly number[]): string {
  return words.map((word) => word.toString(16).padStart(8, "0")).join(" ");
}

function lockLevelOf(text: string): 1 | 2 {
  if (text === "1") return 1;
  if (text === "2") return 2;
  throw new Usage(`Cannot use --lock-level ${text}: it must be 1 or 2`);
}

/** Registers `release` commands. */
export function releaseCommands(release: Command, exit: Exit): void {
  interface Create {
    readonly product: string;
    readonly version: string;
    readonly personal?: string;
    readonly certificateKeySlot?: string;
    readonly restart?: boolean;
  }
  bindOwner<
    Create & WithProfile,
    Granted<typeof makeRelease>
  >(
    release.command("create <file>").description(
      "encrypt a firmware file (.hex, .elf, .bin) on this machine and upload it",
    )
      .requiredOption("--product <name>", "name or id")
      .requiredOption("--version <text>", "what you call this release")
      .option(
        "--personal <addr:len>",
        "personal region, for files without the ELF section .flashseal_personal",
      )
      .option(
        "--certificate-key-slot <addr>",
        "where the certificate key goes, for files without .flashseal_certkey",
      )
      .option("--restart", "give up an unfinished upload that lies in the way"),
    exit,
    async (session, { options, args, terminal }) => {
      const name = args[0] ?? "";
      return makeRelease(session, {
        product: options.product,
        version: nameOption("--version", options.version),
        file: await firmwareFileNamed(name),
        choices: {
          ...(options.personal === undefined ? {} : { personal: parseRegion(options.personal) }),
          ...(options.certificateKeySlot === undefined
            ? {}
            : { certificateSlotAddress: parseAddress(options.certificateKeySlot) }),
        },
        stateFile: `${options.profile}.upload`,
        restart: options.restart === true,
        onProgress: (progress) => terminal.progress("Uploading", progress.sentBytes, progress.totalBytes),
      });
    },
    ({ release: made, findings, resumed }) => [
      ...findings.map((finding) => `Note: ${finding.says}`),
      `Release ${made.version} ${made.release}${resumed ? " (an upload that had begun was finished)" : ""}`,
      `${made.length} bytes in ${made.count} chunks; personal region ${
        made.personalLength === 0
          ? "none: devices are uncertified in flash"
          : `${made.personalLength} bytes at offset ${made.personalOffset}`
      }`,
      `Image digest ${made.imageDigest}`,
    ],
  );
  bindOwner(
    release.command("list").description("all releases"),
    exit,
    (session) => listReleases(session),
    (list) =>
      table(
        ["id", "version", "bytes", "complete"],
        list.map((r) => [r.release, r.version, `${r.length}`, r.complete ? "yes" : "no"]),
      ),
  );
}

async function firmwareFileNamed(path: string): Promise<FirmwareFile> {
  try {
    return { name: path, bytes: await Deno.readFile(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Usage(`Cannot read "${path}": there is no such file`);
    }
    throw error;
  }
}
