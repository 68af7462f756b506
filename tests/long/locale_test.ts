/**
 * What the programs print for people and for programs is the same in whatever locale and zone the process runs: '.' or no mark
 * in numbers, ISO times in UTC, UTF-8.
 *
 * @module
 */
import assert from "node:assert/strict";
import { deliverOnce } from "../../agent/mod.ts";
import { makeEnrolmentCode } from "../../authority/owner/mod.ts";
import { deploy, granted } from "../unit/agent/control/deployment.ts";
import { flashsealIn, ignore } from "../script/_flashseal.ts";

/** Locales with another decimal mark, other digits, another calendar; the last one is the plain one to compare with. */
const PLACES: readonly Readonly<Record<string, string>>[] = [
  { LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8", LANGUAGE: "de", TZ: "Europe/Berlin" },
  { LANG: "fa_IR.GB18030", LC_ALL: "fa_IR.GB18030", LANGUAGE: "fa", TZ: "Asia/Tehran" },
  { LANG: "C", LC_ALL: "C", LANGUAGE: "en", TZ: "UTC" },
];

Deno.test({
  name: "owner report, lists and agent status print the same bytes in every locale and zone",
  ignore,
  async fn() {
    const deployment = await deploy({ granted: 1_234_567, lent: 20 });
    try {
      const { folder, agentFolder, ports, owner } = deployment;
      const board = deployment.putBoard("01");
      const signal = new AbortController().signal;
      const { outcome } = await deliverOnce({ folder: agentFolder, board: board.path, signal }, ports);
      assert.equal(outcome, "delivered");
      granted(await makeEnrolmentCode(owner, { name: "生产线二", products: [] }));
      // Chips as a German or Chinese spreadsheet saves them: semicolons and a byte order mark.
      Deno.writeTextFileSync(`${folder}/chips.csv`, `\uFEFFNr;UID;Wert\r\n1;${"5a".repeat(12)};0,5\r\n`);
      const profile = ["--profile", `${folder}/profile.json`];
      const commands: readonly (readonly string[])[] = [
        ["owner", "report", ...profile],
        ["owner", "device", "list", ...profile],
        ["owner", "appliance", "list", ...profile],
        ["owner", "log", ...profile],
        [
          "owner",
          "lease",
          "uids",
          "first",
          "--appliance",
          "Line 1",
          "--file",
          `${folder}/chips.csv`,
          ...profile,
        ],
        ["agent", "status", "--dir", agentFolder],
      ];
      for (const command of commands) {
        const [plain, ...others] = await Promise.all(
          PLACES.toReversed().map((place) => flashsealIn(place, ...command)),
        );
        assert.ok(plain);
        assert.equal(plain.code, 0, `${command.join(" ")}: ${plain.err}`);
        for (const other of others) assert.equal(timeless(other.out), timeless(plain.out), command.join(" "));
        assert.doesNotMatch(plain.out, /\d[ ,'’]\d{3}\b/, `${command.join(" ")}: a mark between thousands`);
      }
      const report = await flashsealIn(PLACES[0]!, "owner", "report", ...profile);
      assert.match(report.out, /1234567 granted/);
      assert.match(report.out, /^Report of \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/m);
    } finally {
      await deployment.stop();
    }
  },
});

/** The moment of asking differs from one run to the next. */
function timeless(text: string): string {
  return text.replace(/^Report of .*$/m, "").replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, "TIME");
}
