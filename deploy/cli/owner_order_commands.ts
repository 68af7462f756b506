/**
 * `flashseal owner order ...`: grants, and changes of them.
 *
 * @module
 */
import type { Command } from "commander";
import {
  allowRework,
  confirmOrder,
  createOrder,
  freeUnaccounted,
  freezeOrder,
  listLent,
  listOrders,
  lowerOrder,
  raiseOrder,
  redateOrder,
  showOrder,
  thawOrder,
} from "../../authority/owner/mod.ts";
import type { Exit } from "./command.ts";
import { Usage } from "./outcome.ts";
import { bindOwner, type Granted } from "./owner_binding.ts";
import { nameOption } from "./owner_options.ts";
import { lendingCommands, lentLines } from "./owner_lease_commands.ts";
import { type QuotaCounts, quotaLine, timeText, unaccountedLines } from "./text.ts";

interface OrderFacts {
  readonly name: string;
  readonly order: string;
  readonly frozen: boolean;
  readonly rework: boolean;
  readonly awaiting: boolean;
  readonly quota: QuotaCounts;
}

interface OrderTerms {
  readonly message2Limit: number;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
}

function orderLine({ name, order, frozen, rework, awaiting, quota }: OrderFacts): readonly string[] {
  const marks = `${frozen ? " FROZEN" : ""}${awaiting ? " AWAITS CONFIRMATION" : ""}${
    rework ? ", rework allowed" : ""
  }`;
  return [`Order "${name}" ${order}${marks}: ${quotaLine(quota)}`, ...unaccountedLines(quota)];
}

/** Everything about one order that its owner confirms after a restore. */
function orderLines(facts: OrderFacts & OrderTerms): readonly string[] {
  const { notBeforeSeconds, notAfterSeconds, message2Limit, frozen, awaiting, quota } = facts;
  return [
    ...orderLine(facts),
    `  ${frozen ? "frozen" : "not frozen"}, ${quota.granted} granted, from ${
      timeText(notBeforeSeconds * 1000)
    } until ${timeText(notAfterSeconds * 1000)}`,
    `  at most ${message2Limit} messages 2 for each device`,
    ...(awaiting
      ? [
        "  The server was restored: this is the order as it was in the backup. What was decided after it is forgotten;",
        "  raise only by what may be made in addition: devices may have been made with a raise that is forgotten.",
        "  When it is as you want it: flashseal owner order confirm",
      ]
      : []),
  ];
}

/** Registers `order` commands. */
export function orderCommands(order: Command, exit: Exit): void {
  createCommand(order, exit);
  changeCommands(order, exit);
  lendingCommands(order, exit);
  bindOwner(
    order.command("list").description("all orders"),
    exit,
    (session) => listOrders(session),
    (orders) => orders.flatMap(orderLine),
  );
  bindOwner(
    order.command("show <order>").description("one order with its terms"),
    exit,
    (session, { args }) => showOrder(session, args[0] ?? ""),
    orderLines,
  );
}

function createCommand(order: Command, exit: Exit): void {
  interface Create {
    readonly name: string;
    readonly product: string;
    readonly release: string;
    readonly granted: string;
    readonly from?: string;
    readonly until?: string;
    readonly messages2?: string;
    readonly rework?: boolean;
  }
  bindOwner<Create, Granted<typeof createOrder>>(
    order.command("create").description("grant a number of devices of one release")
      .requiredOption("--name <text>", "what you call it")
      .requiredOption("--product <name>", "name or id")
      .requiredOption("--release <version>", "version or id")
      .requiredOption("--granted <number>", "how many devices")
      .option("--from <date>", "first day, YYYY-MM-DD (default: now)")
      .option("--until <date>", "last day, YYYY-MM-DD (default: in a year)")
      .option(
        "--messages2 <number>",
        "how often one chip's key may be given, 1 to 16: a reply that a bad network loses counts (default: 3)",
      )
      .option("--rework", "delivered devices may be made anew with their own unit, each by your own word"),
    exit,
    (session, { options }) =>
      createOrder(session, {
        name: nameOption("--name", options.name),
        product: options.product,
        release: options.release,
        granted: Number(options.granted),
        ...(options.from === undefined ? {} : { from: options.from }),
        ...(options.until === undefined ? {} : { until: options.until }),
        ...(options.messages2 === undefined ? {} : { message2Limit: Number(options.messages2) }),
        rework: options.rework === true,
      }),
    orderLine,
  );
}

function changeCommands(order: Command, exit: Exit): void {
  interface By {
    readonly by: string;
  }
  bindOwner<By, Granted<typeof raiseOrder>>(
    order.command("raise <order>").description("grant more").requiredOption("--by <number>", "how many more"),
    exit,
    (session, { options, args }) => raiseOrder(session, args[0] ?? "", Number(options.by)),
    orderLine,
  );
  bindOwner<By, Granted<typeof lowerOrder>>(
    order.command("lower <order>").description("take free units back").requiredOption(
      "--by <number>",
      "how many",
    ),
    exit,
    (session, { options, args }) => lowerOrder(session, args[0] ?? "", Number(options.by)),
    orderLine,
  );
  bindOwner(
    order.command("freeze <order>").description("stop: no ticket is given, and what was lent is not used"),
    exit,
    async (session, { args }) => {
      const frozen = await freezeOrder(session, args[0] ?? "");
      if ("refused" in frozen) return frozen;
      const lent = await listLent(session, { order: frozen.granted.order });
      return "refused" in lent ? lent : { granted: { ...frozen.granted, lent: lent.granted } };
    },
    (frozen) => [...orderLine(frozen), ...lentLines(frozen.lent, "it stops using them")],
  );
  bindOwner(
    order.command("thaw <order>").description("let a frozen order go on"),
    exit,
    (session, { args }) => thawOrder(session, args[0] ?? ""),
    orderLine,
  );
  termCommands(order, exit);
}

function termCommands(order: Command, exit: Exit): void {
  interface Dates {
    readonly from?: string;
    readonly until?: string;
  }
  bindOwner<Dates, Granted<typeof redateOrder>>(
    order.command("dates <order>").description("change first and last day; what you leave out stays")
      .option("--from <date>", "first day, YYYY-MM-DD")
      .option("--until <date>", "last day, YYYY-MM-DD"),
    exit,
    (session, { options: { from, until }, args }) => {
      if (from === undefined && until === undefined) {
        throw new Usage("Cannot change dates: give --from or --until");
      }
      return redateOrder(session, args[0] ?? "", {
        ...(from === undefined ? {} : { from }),
        ...(until === undefined ? {} : { until }),
      });
    },
    orderLine,
  );
  interface Rework {
    readonly forbid?: boolean;
  }
  bindOwner<Rework, Granted<typeof allowRework>>(
    order.command("rework <order>").description(
      "let delivered devices be made anew with their own unit, each by `owner device rework`",
    )
      .option("--forbid", "no further one; what was decided already goes on"),
    exit,
    (session, { options, args }) => allowRework(session, args[0] ?? "", options.forbid !== true),
    orderLine,
  );
  restoreCommands(order, exit);
}

function restoreCommands(order: Command, exit: Exit): void {
  bindOwner(
    order.command("confirm <order>").description("after a restore: let an order go on as it is shown"),
    exit,
    (session, { args }) => confirmOrder(session, args[0] ?? ""),
    orderLines,
  );
  interface Free {
    readonly units: string;
    readonly deviceMayExist?: boolean;
  }
  bindOwner<Free, Granted<typeof freeUnaccounted>>(
    order.command("free-unaccounted <order>").description("give unaccounted units back to the order")
      .requiredOption("--units <number>", "how many")
      .option("--device-may-exist", "you know that as many devices may exist that this server does not know"),
    exit,
    (session, { options, args }) =>
      freeUnaccounted(session, args[0] ?? "", {
        units: Number(options.units),
        deviceMayExist: options.deviceMayExist === true,
      }),
    orderLine,
  );
}
