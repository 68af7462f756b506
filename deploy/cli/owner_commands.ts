/**
 * `flashseal owner ...`: everything an owner does, over HTTPS.
 *
 * @module
 */
import type { Command } from "commander";
import { createOwnerHost, fetchLog, login, makeReport, showQuota } from "../../authority/owner/mod.ts";
import { bind, type Exit } from "./command.ts";
import { bindOwner, type Granted, outcomeOf, type WithProfile } from "./owner_binding.ts";
import { carryCommand } from "./owner_carry_command.ts";
import { productCommands, releaseCommands } from "./owner_catalogue_commands.ts";
import { applianceCommands, deviceCommands, renewalCommands } from "./owner_floor_commands.ts";
import { leaseCommands, worstLine } from "./owner_lease_commands.ts";
import { orderCommands } from "./owner_order_commands.ts";
import { defaultProfile } from "./owner_profile.ts";
import { countText, type QuotaCounts, quotaLine, timeText, unaccountedLines } from "./text.ts";

/** Registers `owner` and its commands. */
export function ownerCommands(program: Command, exit: Exit): void {
  const owner = program.command("owner").description("what the owner of the firmware does, over HTTPS");
  loginCommand(owner, exit);
  logCommand(owner, exit);
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
  leaseCommands(owner.command("lease").description("units lent for work without this server"), exit);
  applianceCommands(
    owner.command("appliance").description("the boxes at the manufacturer that may program"),
    exit,
  );
  renewalCommands(owner, exit);
  carryCommand(owner, exit);
  deviceCommands(owner.command("device").description("what became of each chip"), exit);
  bindOwner(
    owner.command("quota").description("the counts of every order"),
    exit,
    (session) => showQuota(session),
    (quota) => [
      ...quota.orders.flatMap((order) => [
        `${order.name}${order.awaiting ? " AWAITS CONFIRMATION" : ""}: ${quotaLine(order.quota)}`,
        ...unaccountedLines(order.quota),
      ]),
      ...sumLines(quota.total),
      ...(quota.epochBegunAtMs === null
        ? []
        : [`Restored at ${timeText(quota.epochBegunAtMs)}: epoch ${quota.epoch}`]),
      ...(quota.outdated
        ? [
          "ALARM: this server's database is older than what it has signed: it was put back without a new epoch. " +
          "Stop it and begin one: flashseal authority new-epoch",
        ]
        : []),
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
      ...sumLines(report.total),
      ...report.appliances.filter(({ frozenAtMs }) => frozenAtMs !== null).map(({ name, frozenUids }) =>
        `ALARM: appliance "${name}" is frozen, about ${
          countText(frozenUids.length, "chip")
        }: flashseal owner appliance show "${name}"`
      ),
      `${countText(report.appliances.length, "appliance")}, ${
        countText(report.open.length, "device")
      } to decide about`,
      ...report.open.map((device) =>
        `  ${device.uid} ${device.state} since ${timeText(device.changedAtMs)}: a device may exist`
      ),
    ],
  );
}

function sumLines(total: QuotaCounts): readonly string[] {
  return [`Sum: ${quotaLine(total)}`, worstLine(total)];
}

/** `log`: the whole of it, to be checked by whoever holds it. */
function logCommand(owner: Command, exit: Exit): void {
  bindOwner<{ readonly to?: string }, Granted<typeof fetchLog>>(
    owner.command("log").description("the server's log, as flashseal verify log takes it")
      .option("--to <file>", "the file to make; it must not exist (default: show the log)"),
    exit,
    async (session, { options }) => {
      const result = await fetchLog(session);
      if ("granted" in result && options.to !== undefined) {
        const text = JSON.stringify(result.granted) + "\n";
        await Deno.writeTextFile(options.to, text, { createNew: true, mode: 0o600 });
      }
      return result;
    },
    ({ entries }, { options }) =>
      options.to === undefined ? entries.map(({ index, entry }) => `${index} ${entry}`) : [
        `${countText(entries.length, "entry")} in ${options.to}; check it with flashseal verify log`,
      ],
  );
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
