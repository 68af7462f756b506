/**
 * What went by file, as lines for people.
 *
 * @module
 */
import type { Exported, Imported } from "../../agent/mod.ts";
import type { CarryOutcome } from "../../authority/owner/mod.ts";
import { countText } from "./text.ts";

/** Returns what an export put into its file, and what to do with it. */
export function exportLines(made: Exported): readonly string[] {
  const parts = [
    [made.shown, "ticket shown to a restored server", "tickets shown to a restored server"],
    [made.uses, "step of offline work", "steps of offline work"],
    [made.receipts, "receipt", "receipts"],
    [made.failures, "failure", "failures"],
    [made.returns, "unused unit to give back", "unused units to give back"],
    [made.units, "unit asked for", "units asked for"],
    [made.releases, "release asked for", "releases asked for"],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, one, more]) =>
    `${count} ${count === 1 ? one : more}`
  );
  return [
    `Wrote ${made.file}: ${countText(made.messages, "message")}, ${
      said.length === 0 ? "only the question for news" : said.join(", ")
    }`,
    "Carry it to the owner's server (flashseal owner carry), and bring the replies back (flashseal agent import)",
    ...(made.left === 0
      ? []
      : [`${countText(made.left, "message")} found no room: export again after the import`]),
  ];
}

/** Returns what an import changed. */
export function importLines(taken: Imported): readonly string[] {
  const { receipts } = taken;
  const refused = receipts.filter(({ refused }) => refused !== null).length;
  return [
    `Took ${countText(taken.replies, "reply")}: ${taken.reported} reported, ${taken.lent} borrowed, ` +
    `${taken.returned} returned, ${countText(receipts.length - refused, "receipt")} booked, ` +
    `${countText(taken.releases, "release")} fetched`,
    ...(taken.shown === 0 ? [] : [`${countText(taken.shown, "ticket")} booked by the restored server`]),
    ...(taken.stateTaken ? [] : ["Its news of the owner's orders is no newer than what is known here"]),
    `${countText(taken.left, "ticket")} left for offline work, ${
      countText(taken.unreported, "step")
    } not yet reported`,
  ];
}

/** Returns what carrying came to. */
export function carryLines(
  done: Pick<CarryOutcome, "messages" | "replies" | "replyFile"> & Partial<Pick<CarryOutcome, "name">>,
): readonly string[] {
  const of = done.name === undefined ? "" : ` of appliance "${done.name}"`;
  const refused = done.replies.flatMap(({ route, refused }) => refused === null ? [] : [{ route, refused }]);
  return [
    `${done.replies.length} of ${
      countText(done.messages, "message")
    }${of} answered, ${refused.length} refused`,
    ...refused.map(({ route, refused }) => `  ${route}: ${refused.says}`),
    `Wrote ${done.replyFile}: bring it to the appliance (flashseal agent import)`,
  ];
}
