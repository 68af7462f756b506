/**
 * `flashseal owner ...`: everything an owner does, over HTTPS.
 *
 * @module
 */
import type { Command } from "commander";
import {
  createOrder,
  createOwnerHost,
  createProduct,
  decideDevice,
  freezeOrder,
  listAppliances,
  listDevices,
  listOrders,
  listProducts,
  listReleases,
  login,
  lowerOrder,
  makeEnrolmentCode,
  makeRelease,
  makeReport,
  openSession,
  type OwnerSession,
  parseRegion,
  raiseOrder,
  type Result,
  revokeAppliance,
  showDevice,
  showQuota,
  thawOrder,
} from "../../authority/owner/mod.ts";
import { collect } from "./authority_commands.ts";
import { bind, type Exit, type Invocation } from "./command.ts";
import type { Outcome } from "./outcome.ts";
import { Usage } from "./outcome.ts";
import { defaultProfile } from "./owner_profile.ts";
import { countText, quotaLine, table, timeText } from "./text.ts";

interface WithProfile {
  readonly profile: string;
}

type OwnerRun<Options, T> = (
  session: OwnerSession,
  invocation: Invocation<Options & WithProfile>,
) => Promise<Result<T>>;

/** Registers `owner` and its commands. */
export function ownerCommands(program: Command, exit: Exit): void {
  const owner = program.command("owner").description("what the owner of the firmware does, over HTTPS");
  loginCommand(owner, exit);
  productCommands(
    owner.command("product").description("what is programmed, into which chip, under which lock"),
    exit,
  );
  releaseCommands(
    owner.command("release").description("versions of a product's firmware, encrypted on this machine"),
    exit,
  );
  orderCommands(
    owner.command("order").description("how many devices may be made, of what, until when"),
    exit,
  );
  applianceCommands(
    owner.command("appliance").description("the boxes at the manufacturer that may program"),
    exit,
  );
  deviceCommands(owner.command("device").description("what became of each chip"), exit);
  bindOwner(
    owner.command("quota").description("the counts of every order"),
    exit,
    (session) => showQuota(session),
    (quota) => [
      ...quota.orders.map((order) => `${order.name}: ${quotaLine(order.quota)}`),
      `Sum: ${quotaLine(quota.total)}`,
    ],
  );
  bindOwner(
    owner.command("report").description("everything at a glance"),
    exit,
    (session) => makeReport(session),
    (report) => [
      `Report of ${timeText(report.atMs)}`,
      ...report.orders.map((order) =>
        `${order.name} (${order.productName} ${order.version}): ${quotaLine(order.quota)}`
      ),
      `Sum: ${quotaLine(report.total)}`,
      `${countText(report.appliances.length, "appliance")}, ${
        countText(report.open.length, "device")
      } to decide about`,
      ...report.open.map((device) =>
        `  ${device.uid} ${device.state} since ${timeText(device.changedAtMs)}: a device may exist`
      ),
    ],
  );
}

/** Binds a command that needs a session; `render` makes the lines for people. */
function bindOwner<Options extends object, T>(
  command: Command,
  exit: Exit,
  run: OwnerRun<Options, T>,
  render: (value: T) => readonly string[],
): void {
  command.option("--profile <file>", "where the login is kept", defaultProfile());
  bind<Options & WithProfile>(command, exit, async (invocation) => {
    const host = createOwnerHost();
    try {
      const session = await openSession(invocation.options.profile, host);
      return outcomeOf(await run(session, invocation), render);
    } finally {
      host.close();
    }
  });
}

function outcomeOf<T>(result: Result<T>, render: (value: T) => readonly string[]): Outcome {
  if ("granted" in result) return { lines: render(result.granted), json: result.granted };
  const { code, says, remedy, detail } = result.refused;
  return {
    refused: code,
    sentence: detail === undefined || detail === "" ? says : `${says}: ${detail}`,
    remedy,
  };
}

function loginCommand(owner: Command, exit: Exit): void {
  interface Options extends WithProfile {
    readonly authority: string;
    readonly ca: string;
    readonly apiKey: string;
    readonly root?: string;
  }
  const command = owner.command("login").description(
    "remember which authority, and check its keys against its root",
  )
    .requiredOption("--authority <url>", "https://HOST:PORT")
    .requiredOption("--ca <file>", "the authority's certificate authority (PEM), made by authority init")
    .requiredOption("--api-key <file>", "file with the API key, made by authority init; it stays where it is")
    .option("--root <hex>", "the root public key, when you know it from elsewhere")
    .option("--profile <file>", "where to keep the login", defaultProfile());
  bind<Options>(command, exit, async ({ options }) => {
    await Deno.mkdir(options.profile.replace(/[^/]*$/, "") || ".", { recursive: true });
    const host = createOwnerHost();
    const result = await login({
      url: options.authority,
      caFile: options.ca,
      apiKeyFile: options.apiKey,
      profileFile: options.profile,
      ...(options.root === undefined ? {} : { rootPublicKey: options.root }),
    }, host).finally(() => host.close());
    return outcomeOf(result, (made) => [
      `Logged in to ${made.url} as owner "${made.name}" (${made.owner})`,
      `Root key ${made.rootHash}: compare it with what authority init printed`,
    ]);
  });
}

function productCommands(product: Command, exit: Exit): void {
  interface Create {
    readonly name: string;
    readonly chip: string;
    readonly lockLevel: string;
    readonly personal: "required" | "optional" | "none";
    readonly acknowledgeDeviceClassC?: boolean;
    readonly acknowledgeLockClass?: boolean;
  }
  bindOwner<Create, Awaited<ReturnType<typeof createProduct>> extends Result<infer T> ? T : never>(
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
        "--acknowledge-device-class-c",
        "I know that software imitating such a chip can obtain a release (T-1)",
      )
      .option("--acknowledge-lock-class", "I know what the lock class of this chip means (T-4)"),
    exit,
    (session, { options }) =>
      createProduct(session, {
        name: options.name,
        chip: options.chip,
        lockLevel: lockLevelOf(options.lockLevel),
        personal: options.personal,
        acknowledges: {
          deviceClassC: options.acknowledgeDeviceClassC === true,
          lockClass: options.acknowledgeLockClass === true,
        },
      }),
    (made) => [`Product "${made.name}" ${made.product}`, `Certificate key ${made.certificatePublicKey}`],
  );
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

function lockLevelOf(text: string): 1 | 2 {
  if (text === "1") return 1;
  if (text === "2") return 2;
  throw new Usage(`Cannot use --lock-level ${text}: it must be 1 or 2`);
}

function releaseCommands(release: Command, exit: Exit): void {
  interface Create {
    readonly product: string;
    readonly version: string;
    readonly personal?: string;
    readonly certificateKeySlot?: string;
    readonly restart?: boolean;
  }
  bindOwner<
    Create & WithProfile,
    Awaited<ReturnType<typeof makeRelease>> extends Result<infer T> ? T : never
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
        version: options.version,
        file: { name, bytes: await readFileNamed(name) },
        choices: {
          ...(options.personal === undefined ? {} : { personal: parseRegion(options.personal) }),
          ...(options.certificateKeySlot === undefined
            ? {}
            : { certificateSlotAddress: Number(options.certificateKeySlot) }),
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

async function readFileNamed(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Usage(`Cannot read "${path}": there is no such file`);
    }
    throw error;
  }
}

function orderCommands(order: Command, exit: Exit): void {
  interface Create {
    readonly name: string;
    readonly product: string;
    readonly release: string;
    readonly granted: string;
    readonly from?: string;
    readonly until?: string;
  }
  const line = (
    made: {
      readonly name: string;
      readonly order: string;
      readonly frozen: boolean;
      readonly quota: Parameters<typeof quotaLine>[0];
    },
  ) => [
    `Order "${made.name}" ${made.order}${made.frozen ? " FROZEN" : ""}: ${quotaLine(made.quota)}`,
  ];
  bindOwner<Create, Awaited<ReturnType<typeof createOrder>> extends Result<infer T> ? T : never>(
    order.command("create").description("grant a number of devices of one release")
      .requiredOption("--name <text>", "what you call it")
      .requiredOption("--product <name>", "name or id")
      .requiredOption("--release <version>", "version or id")
      .requiredOption("--granted <number>", "how many devices")
      .option("--from <date>", "first day, YYYY-MM-DD (default: now)")
      .option("--until <date>", "last day, YYYY-MM-DD (default: in a year)"),
    exit,
    (session, { options }) =>
      createOrder(session, {
        name: options.name,
        product: options.product,
        release: options.release,
        granted: Number(options.granted),
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.until === undefined ? {} : { until: options.until }),
      }),
    line,
  );
  bindOwner<
    { readonly by: string },
    Awaited<ReturnType<typeof raiseOrder>> extends Result<infer T> ? T : never
  >(
    order.command("raise <order>").description("grant more").requiredOption("--by <number>", "how many more"),
    exit,
    (session, { options, args }) => raiseOrder(session, args[0] ?? "", Number(options.by)),
    line,
  );
  bindOwner<
    { readonly by: string },
    Awaited<ReturnType<typeof lowerOrder>> extends Result<infer T> ? T : never
  >(
    order.command("lower <order>").description("take free units back").requiredOption(
      "--by <number>",
      "how many",
    ),
    exit,
    (session, { options, args }) => lowerOrder(session, args[0] ?? "", Number(options.by)),
    line,
  );
  bindOwner(
    order.command("freeze <order>").description("stop: no ticket is given"),
    exit,
    (session, { args }) => freezeOrder(session, args[0] ?? ""),
    line,
  );
  bindOwner(
    order.command("thaw <order>").description("let a frozen order go on"),
    exit,
    (session, { args }) => thawOrder(session, args[0] ?? ""),
    line,
  );
  bindOwner(
    order.command("list").description("all orders"),
    exit,
    (session) => listOrders(session),
    (orders) => orders.flatMap(line),
  );
}

function applianceCommands(appliance: Command, exit: Exit): void {
  interface Enrol {
    readonly name: string;
    readonly product: readonly string[];
  }
  bindOwner<Enrol, Awaited<ReturnType<typeof makeEnrolmentCode>> extends Result<infer T> ? T : never>(
    appliance.command("enrol").description(
      "make a code that lets one appliance in; it works once, for one hour",
    )
      .requiredOption("--name <text>", "what you call the appliance")
      .option(
        "--product <name>",
        "a product that it may program; repeat for more (default: all)",
        collect,
        [] as string[],
      ),
    exit,
    (session, { options }) => makeEnrolmentCode(session, { name: options.name, products: options.product }),
    (made) => [`Enrolment code ${made.code}`, `Valid until ${timeText(made.expiresAtMs)}, for one appliance`],
  );
  bindOwner(
    appliance.command("list").description("all appliances"),
    exit,
    (session) => listAppliances(session),
    (list) =>
      table(
        ["id", "name", "last seen", "state"],
        list.map((a) => [
          a.appliance,
          a.name,
          a.lastSeenAtMs === null ? "never" : timeText(a.lastSeenAtMs),
          a.revokedAtMs === null ? "enrolled" : `revoked ${timeText(a.revokedAtMs)}`,
        ]),
      ),
  );
  bindOwner(
    appliance.command("revoke <appliance>").description("end what an appliance may do"),
    exit,
    (session, { args }) => revokeAppliance(session, args[0] ?? ""),
    (a) => [`Appliance "${a.name}" ${a.appliance} is revoked`],
  );
}

function deviceCommands(device: Command, exit: Exit): void {
  bindOwner(
    device.command("list").description("every chip that a unit stands for"),
    exit,
    (session) => listDevices(session),
    ({ devices }) =>
      table(
        ["uid", "state", "version", "serial", "message 2", "changed"],
        devices.map((d) => [
          d.uid,
          d.state,
          d.version,
          d.serial === null ? "-" : `${d.serial}`,
          `${d.message2Count}`,
          timeText(d.changedAtMs),
        ]),
      ),
  );
  bindOwner(
    device.command("show <uid>").description("one device with its proofs"),
    exit,
    (session, { args }) => showDevice(session, { uid: args[0] ?? "" }),
    (record) => JSON.stringify(record, null, 2).split("\n"),
  );
  interface Decide {
    readonly deviceMayExist?: boolean;
  }
  const decide = (word: "lost" | "deny" | "allow", says: string) =>
    bindOwner(
      device.command(`${word} <uid>`).description(says),
      exit,
      (session, { args }) => decideDevice(session, { uid: args[0] ?? "" }, { decision: word }),
      (
        record,
      ) => [
        `Device ${record.device?.uid ?? "without a unit"}: ${
          record.device?.state ?? (record.denied ? "denied" : "allowed")
        }`,
      ],
    );
  decide("lost", "call a keyed device lost; its certificate is revoked");
  decide("deny", "give this chip no ticket any more");
  decide("allow", "let a denied chip have tickets again");
  bindOwner<Decide, Awaited<ReturnType<typeof decideDevice>> extends Result<infer T> ? T : never>(
    device.command("re-credit <uid>").description("give a lost unit back to its order")
      .option(
        "--device-may-exist",
        "I know that a working, certified device may exist beside the one that this unit will make",
      ),
    exit,
    (session, { options, args }) => {
      if (options.deviceMayExist !== true) {
        throw new Usage(
          "Cannot re-credit without --device-may-exist: a working device may exist beside the one that this unit will make",
        );
      }
      return decideDevice(session, { uid: args[0] ?? "" }, { decision: "re-credit", deviceMayExist: true });
    },
    (record) => [`Unit of ${record.device?.uid ?? "that device"} is free again`],
  );
}
