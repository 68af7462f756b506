/**
 * `flashseal owner order lend|allowances` and `flashseal owner lease ...`: units for work without the owner's server.
 *
 * @module
 */
import type { Command } from "commander";
import {
  giveUpLease,
  lendUnits,
  type LentUnits,
  listAllowances,
  listLeases,
  listScannedChips,
  type NamedAllowance,
  type OwnerSession,
  showQuota,
} from "../../authority/owner/mod.ts";
import type { Exit } from "./command.ts";
import { Usage } from "./outcome.ts";
import { bindOwner, type Granted } from "./owner_binding.ts";
import { countText, type QuotaCounts, table, timeText } from "./text.ts";

/** Registers `order lend` and `order allowances`. */
export function lendingCommands(order: Command, exit: Exit): void {
  interface Lend {
    readonly appliance: string;
    readonly units: string;
    readonly uid?: string;
    readonly acknowledgeOffline?: boolean;
  }
  bindOwner<Lend, Granted<typeof lendUnits>>(
    order.command("lend <order>").description(
      "let an appliance borrow units, to go on when this server is out of reach",
    )
      .requiredOption("--appliance <name>", "name or id")
      .requiredOption("--units <number>", "how many may be lent at a time; 0: none any more")
      .option(
        "--uid <value/mask>",
        "only chips whose UID fits, in hexadecimal from its first byte on (default: any chip)",
      )
      .option(
        "--acknowledge-offline",
        "I know that whoever takes this appliance's disk then gets the clear firmware (T-6)",
      ),
    exit,
    (session, { options, args }) =>
      lendUnits(session, {
        order: args[0] ?? "",
        appliance: options.appliance,
        units: Number(options.units),
        acknowledgesOffline: options.acknowledgeOffline === true,
        ...(options.uid === undefined ? {} : { uid: options.uid }),
      }),
    (allowance) => [
      allowanceLine(allowance),
      "Whoever takes the appliance's disk gets the clear firmware; double spending is found, not prevented",
    ],
  );
  bindOwner(
    order.command("allowances <order>").description("what may be lent of an order, and what is"),
    exit,
    (session, { args }) => listAllowances(session, args[0] ?? ""),
    (list) => list.length === 0 ? ["Nothing may be lent of this order"] : list.map(allowanceLine),
  );
}

/** Says what appliances may still do with what they hold, after a freeze or a revocation. */
export function lentLines(lent: readonly LentUnits[], until: string): readonly string[] {
  return lent.map(({ applianceName, open, lastSeenAtMs }) =>
    `Appliance "${applianceName}" holds ${countText(open, "lent unit")}: ${until} at its next sync; ` +
    (lastSeenAtMs === null ? "it was never heard of" : `last heard of ${timeText(lastSeenAtMs)}`)
  );
}

function effectText({ units, open, effectiveAtMs, lastSeenAtMs }: NamedAllowance): string {
  if (effectiveAtMs !== null) return `effective since ${timeText(effectiveAtMs)}`;
  const heard = lastSeenAtMs === null ? "" : `, last heard of ${timeText(lastSeenAtMs)}`;
  return `effective after ${open - units} more, or when the appliance syncs${heard}`;
}

function allowanceLine(allowance: NamedAllowance): string {
  const { applianceName, orderName, units, open, chips } = allowance;
  return `Appliance "${applianceName}" may borrow ${
    countText(units, "unit")
  } of order "${orderName}" at a time ` +
    `(${chips}); ${open} lent; ${effectText(allowance)}`;
}

/** Says how many devices this server would not know of: what is lent may be used, what is unaccounted may have been. */
export function worstLine({ leased, unaccounted }: Pick<QuotaCounts, "leased" | "unaccounted">): string {
  if (leased + unaccounted === 0) return "Worst case: none; nothing is lent and no unit is unaccounted for";
  return `Worst case: up to ${
    countText(leased + unaccounted, "device")
  } can be made, or may exist already, without this server knowing: ${leased} lent, ` +
    `${unaccounted} unaccounted for since a restore or a lease given up`;
}

/** Every lease, with the sum over all orders: after a restore units are unaccounted whose lease is not known. */
async function leasesAndSum(session: OwnerSession) {
  const leases = await listLeases(session);
  if ("refused" in leases) return leases;
  const quota = await showQuota(session);
  return "refused" in quota ? quota : { granted: { leases: leases.granted, total: quota.granted.total } };
}

/** Registers `lease` commands. */
export function leaseCommands(lease: Command, exit: Exit): void {
  bindOwner<object, Granted<typeof leasesAndSum>>(
    lease.command("list").description("every lease, and the worst case: what is lent or unaccounted for"),
    exit,
    (session) => leasesAndSum(session),
    ({ leases, total }) => [
      ...table(
        [
          "lease",
          "appliance",
          "order",
          "units",
          "used",
          "returned",
          "given up",
          "open",
          "until",
          "chips",
          "state",
        ],
        leases.map((l) => [
          l.lease,
          l.applianceName,
          l.orderName,
          `${l.units}`,
          `${l.used}`,
          `${l.returned}`,
          `${l.unaccounted}`,
          `${l.open}`,
          timeText(l.notAfterSeconds * 1000),
          l.chips,
          l.state,
        ]),
      ),
      worstLine(total),
    ],
    ({ leases }) => leases,
  );
  scannedCommand(lease, exit);
  interface GiveUp {
    readonly devicesMayExist?: boolean;
  }
  bindOwner<GiveUp, Granted<typeof giveUpLease>>(
    lease.command("give-up <lease>").description("book what is open of a lease as unaccounted")
      .option(
        "--devices-may-exist",
        "I know that working, certified devices may exist for all of these units",
      ),
    exit,
    (session, { options, args }) => {
      if (options.devicesMayExist !== true) {
        throw new Usage(
          "Cannot give a lease up without --devices-may-exist: working devices may exist for all of its open units",
        );
      }
      return giveUpLease(session, args[0] ?? "");
    },
    ({ lease: id, unaccounted }) => [`Lease ${id}: ${countText(unaccounted, "unit")} unaccounted`],
  );
}

/** Chips scanned ahead: each gets an offline ticket of its own. */
function scannedCommand(lease: Command, exit: Exit): void {
  interface Scanned {
    readonly appliance: string;
    readonly file?: string;
    readonly none?: boolean;
    readonly others?: boolean;
  }
  bindOwner<Scanned, Granted<typeof listScannedChips>>(
    lease.command("uids <order>").description(
      "give chips that were scanned ahead offline tickets of their own, with the next units that are lent",
    )
      .requiredOption("--appliance <name>", "name or id")
      .option(
        "--file <csv>",
        "one chip a row: 24 hexadecimal digits, with or without a header; at most 2,000",
      )
      .option("--none", "give the list up: from here on chips are as `order lend` says")
      .option("--others", "other chips get tickets too, as `order lend` says (default: listed chips only)"),
    exit,
    (session, { options: { appliance, file, none, others }, args }) => {
      if ((file === undefined) === (none !== true)) {
        throw new Usage("Cannot list chips: give --file or --none");
      }
      return listScannedChips(session, { order: args[0] ?? "", appliance, file, others: others === true });
    },
    (allowance) => [
      allowanceLine(allowance),
      ...(allowance.listed > allowance.units - allowance.open
        ? [
          `Only ${
            Math.max(0, allowance.units - allowance.open)
          } more may be lent now: raise them with order lend`,
        ]
        : []),
    ],
  );
}
