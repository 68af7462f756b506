/**
 * `flashseal owner appliance ...` and `flashseal owner device ...`: who programs, and what became of each chip.
 *
 * @module
 */
import type { Command } from "commander";
import {
  decideDevice,
  decideRenewal,
  listAppliances,
  listDevices,
  listLent,
  makeEnrolmentCode,
  revokeAppliance,
  showAppliance,
  showDevice,
  stopAppliance,
} from "../../authority/owner/mod.ts";
import { collect } from "./authority_commands.ts";
import type { Exit } from "./command.ts";
import { Usage } from "./outcome.ts";
import { bindOwner, type Granted } from "./owner_binding.ts";
import { nameOption } from "./owner_options.ts";
import { lentLines } from "./owner_lease_commands.ts";
import { table, timeText } from "./text.ts";

/** Registers `appliance` commands. */
export function applianceCommands(appliance: Command, exit: Exit): void {
  interface Enrol {
    readonly name: string;
    readonly product: readonly string[];
  }
  bindOwner<Enrol, Granted<typeof makeEnrolmentCode>>(
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
    (session, { options }) =>
      makeEnrolmentCode(session, { name: nameOption("--name", options.name), products: options.product }),
    (made) => [
      `Enrolment code ${made.code}`,
      `Valid until ${timeText(made.expiresAtMs)}, for one appliance`,
      "When it is enrolled, compare six words by telephone: owner appliance list, and the appliance's own screen",
    ],
  );
  bindOwner(
    appliance.command("list").description("all appliances"),
    exit,
    (session) => listAppliances(session),
    (list) =>
      table(
        ["id", "name", "last seen", "state", "six words"],
        list.map((a) => [
          a.appliance,
          a.name,
          a.lastSeenAtMs === null ? "never" : timeText(a.lastSeenAtMs),
          standingText(a),
          a.words,
        ]),
      ),
  );
  bindOwner(
    appliance.command("show <appliance>").description(
      "one appliance; of a frozen one, the chips it is about",
    ),
    exit,
    (session, { args }) => showAppliance(session, args[0] ?? ""),
    applianceLines,
  );
  endingCommands(appliance, exit);
}

function endingCommands(appliance: Command, exit: Exit): void {
  bindOwner(
    appliance.command("stop <appliance>").description("give an appliance nothing new until it is resumed"),
    exit,
    async (session, { args }) => {
      const stopped = await stopAppliance(session, args[0] ?? "", true);
      if ("refused" in stopped) return stopped;
      const lent = await listLent(session, { appliance: stopped.granted.appliance });
      return "refused" in lent ? lent : { granted: { ...stopped.granted, lent: lent.granted } };
    },
    (a) => [
      `Appliance "${a.name}" ${a.appliance} is stopped; resume takes this back`,
      ...lentLines(a.lent, "it stops using them"),
    ],
  );
  bindOwner(
    appliance.command("resume <appliance>").description("let a stopped appliance go on"),
    exit,
    (session, { args }) => stopAppliance(session, args[0] ?? "", false),
    (a) => [`Appliance "${a.name}" ${a.appliance} is resumed: its stations go on by themselves`],
  );
  bindOwner(
    appliance.command("revoke <appliance>").description("end what an appliance may do"),
    exit,
    async (session, { args }) => {
      const revoked = await revokeAppliance(session, args[0] ?? "");
      if ("refused" in revoked) return revoked;
      const lent = await listLent(session, { appliance: revoked.granted.appliance });
      return "refused" in lent ? lent : { granted: { ...revoked.granted, lent: lent.granted } };
    },
    (a) => [
      `Appliance "${a.name}" ${a.appliance} is revoked`,
      ...lentLines(a.lent, "it stops using them"),
      ...(a.lent.length === 0
        ? []
        : ["What it does not bring back stays lent: owner lease give-up books it"]),
    ],
  );
}

/** Registers `approve` and `decline`: what appliances ask a person for. */
export function renewalCommands(owner: Command, exit: Exit): void {
  const decide = (decision: "approve" | "decline", says: string, done: string) =>
    bindOwner(
      owner.command(`${decision} <appliance>`).description(says),
      exit,
      (session, { args }) => decideRenewal(session, args[0] ?? "", decision),
      (a) => [`Appliance "${a.name}" ${a.appliance} ${done}`],
    );
  decide(
    "approve",
    "let an appliance work on that was not heard of for long and asks to be renewed",
    "is renewed: it works on by itself",
  );
  decide(
    "decline",
    "leave an appliance that asks to be renewed where it is; approve takes this back",
    "is not renewed: it gets nothing",
  );
}

type Standing = Pick<
  Granted<typeof showAppliance>,
  | "revokedAtMs"
  | "stoppedAtMs"
  | "frozenAtMs"
  | "frozenUids"
  | "frozenBecause"
  | "heardAtMs"
  | "renewalAskedAtMs"
  | "renewalDeclinedAtMs"
>;

/** An alarm is said whatever else is true of the appliance: revoking it does not take the chips back. */
function standingText(appliance: Standing): string {
  const { revokedAtMs, stoppedAtMs, frozenUids } = appliance;
  const frozen = frozenText(appliance);
  const revoked = revokedAtMs === null ? [] : [`revoked ${timeText(revokedAtMs)}`];
  const stopped = stoppedAtMs === null ? undefined : `STOPPED ${timeText(stoppedAtMs)}`;
  if (frozen === null) return revoked[0] ?? stopped ?? renewalText(appliance);
  const about = frozenUids.length === 0
    ? "no chip is known to be concerned"
    : `about ${frozenUids.join(", ")}`;
  return [...revoked, `${frozen}; ${about}`].join("; ");
}

function renewalText({ renewalAskedAtMs, renewalDeclinedAtMs, heardAtMs }: Standing): string {
  if (renewalAskedAtMs !== null) {
    return `ASKS FOR RENEWAL since ${timeText(renewalAskedAtMs)}, away since ${timeText(heardAtMs)}`;
  }
  return renewalDeclinedAtMs === null ? "enrolled" : `renewal declined ${timeText(renewalDeclinedAtMs)}`;
}

function frozenText({ frozenAtMs, frozenBecause }: Standing): string | null {
  if (frozenAtMs === null) return null;
  const why = frozenBecause === "put-back"
    ? "its record was put back to an earlier state"
    : frozenBecause === "forked"
    ? "its record goes on otherwise than the one known here: its disk was copied, or put back and used again"
    : "its reports contradict each other";
  return `FROZEN ${timeText(frozenAtMs)}: ${why}`;
}

function applianceLines(appliance: Granted<typeof showAppliance>): readonly string[] {
  const { name, appliance: id, enrolledAtMs, lastSeenAtMs, words, frozenUids } = appliance;
  const frozen = frozenText(appliance);
  return [
    `"${name}" ${id}: ${standingText({ ...appliance, frozenAtMs: null })}`,
    `Enrolled ${timeText(enrolledAtMs)}, last seen ${
      lastSeenAtMs === null ? "never" : timeText(lastSeenAtMs)
    }`,
    `Six words: ${words}`,
    `The appliance must show the same (agent status); if it does not: owner appliance revoke ${id}`,
    ...(frozen === null ? [] : [
      frozen,
      frozenUids.length === 0 ? "No chip is known to be concerned" : "Look at each of these chips:",
      ...frozenUids.map((uid) => `  ${uid}`),
      "It gets no ticket, key or lease any more. The way back is a new enrolment; what was lent to it stays lent until you give it up",
    ]),
  ];
}

/** Registers `device` commands. */
export function deviceCommands(device: Command, exit: Exit): void {
  bindOwner(
    device.command("list").description("every chip that a unit stands for"),
    exit,
    (session) => listDevices(session),
    ({ devices }) =>
      table(
        ["uid", "state", "version", "serial", "message 2", "reworks", "changed", "lease"],
        devices.map((d) => [
          d.uid,
          d.state,
          d.version,
          d.serial === null ? "-" : `${d.serial}`,
          `${d.message2Count}`,
          `${d.reworks}`,
          timeText(d.changedAtMs),
          d.lease === null ? "-" : `${d.lease} (the appliance's word)`,
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
  const decide = (word: "lost" | "deny" | "allow" | "rework", says: string) =>
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
  decide(
    "rework",
    "have a delivered device erased and made anew, with its own unit and certificate, when it comes to an appliance",
  );
  bindOwner<Decide, Granted<typeof decideDevice>>(
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
