/** Lists of chips scanned ahead, as scanners and spreadsheets write them: taken as a whole or not at all (P-75). */
import assert from "node:assert/strict";
import { readUidList, UID_LIST_MOST } from "../../../../authority/owner/uid_list.ts";
import { Malformed } from "../../../../bootloader/wire/mod.ts";

const A = "00112233445566778899aabb";
const B = "ffeeddccbbaa998877665544";

const GOOD: readonly (readonly [name: string, text: string])[] = [
  ["bare lines", `${A}\n${B}\n`],
  ["no end of the last line", `${A}\n${B}`],
  ["Windows' line ends and empty lines", `\r\n${A}\r\n\r\n${B}\r\n`],
  ["upper case", `${A.toUpperCase()}\n${B.toUpperCase()}\n`],
  ["a header", `UID\n${A}\n${B}\n`],
  ["a header among others", `date,Unique ID,who\n2026-01-01,${A},Li\n2026-01-02,${B},Li\n`],
  ["a header in other words", `Seriennummer\n${A}\n${B}\n`],
  ["quotes, a separator within them", `"Widget, blue","UID"\n"a, b","${A}"\n"c ""d""","${B}"\n`],
  ["semicolons, spaces around", `no ; uid \n1 ; ${A} \n2 ; ${B} \n`],
  ["tabs, no header, another column first", `1\t${A}\n2\t${B}\n`],
  ["0x, colons and dashes", `0x${A}\n${B.match(/../g)!.join(":")}\n`],
  ["a byte order mark", `\uFEFFuid\n${A}\n${B}\n`],
];

for (const [name, text] of GOOD) {
  Deno.test(`readUidList() reads ${name}`, () => assert.deepEqual(readUidList(text), [A, B]));
}

const BAD: readonly (readonly [name: string, text: string, says: RegExp])[] = [
  ["an empty file", " \n\n", /it has no rows/],
  ["a header alone", "uid\n", /a header and no chips/],
  ["a short row", `${A}\n${B.slice(1)}\n`, /line 2 has no UID of 24/],
  ["a first row that is a UID misread, not a title", `${A.slice(1)}\n${B}\n`, /line 1 has no UID/],
  [
    "a chip twice, in another case",
    `uid\n${A}\n${B}\n${A.toUpperCase()}\n`,
    /line 4 is the chip of line 2 again/,
  ],
  ["zeros and ones", `${"0".repeat(24)}\n${"F".repeat(24)}\n`, /line 1 is all zeros.*; line 2 is all/],
  [
    "every bad line",
    `${A}\nx\n\n${A}\n`,
    /line 2 .*; line 4 is the chip of line 1.*Nothing of the file was taken/,
  ],
  ["very many bad lines", "uid\n" + "nonsense\n".repeat(30), /line 11 .*and 20 more lines/],
];

for (const [name, text, says] of BAD) {
  Deno.test(`readUidList() refuses ${name} and says where`, () => {
    assert.throws(() => readUidList(text), (error) => error instanceof Malformed && says.test(error.message));
  });
}

Deno.test("readUidList() takes a full list and refuses one chip more", () => {
  const lines = Array.from({ length: UID_LIST_MOST }, (_, n) => (n + 1).toString(16).padStart(24, "0"));
  assert.equal(readUidList(lines.join("\n")).length, UID_LIST_MOST);
  assert.throws(() => readUidList([...lines, A].join("\n")), /at most 2000 in one file/);
});
