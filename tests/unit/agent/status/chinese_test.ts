/** What was English on the Chinese page: how many devices wait, why a station cannot work, what the vault promises. @module */
import assert from "node:assert/strict";
import {
  createStatusApp,
  detailWords,
  emptyStation,
  headlineOf,
  withEvent,
} from "../../../../agent/status/mod.ts";
import type { StationStatus } from "../../../../agent/status/mod.ts";
import { vaultKinds } from "../../../../agent/vault/mod.ts";
import { NOW_MS, snapshotOf, sourceOf, stationIn } from "./_source.ts";

const station = "station-1";
const plain = (html: string) =>
  html.replace(/<[^>]+>/g, "").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
const pageOf = async (status: StationStatus, path = "/", language = "zh-CN") => {
  const app = createStatusApp(sourceOf(snapshotOf([status])));
  return await (await app.request(path, { headers: { "accept-language": language } })).text();
};

Deno.test("the Chinese page says how many devices wait because the allowance is used up, and forgets it afterwards", async () => {
  const about = { delivery: 1, station, phase: "ticket" as const, stationMs: 0, atMs: NOW_MS };
  const says = "The offline allowance is used up; 3 devices wait for the owner's server";
  const waiting = withEvent(stationIn("working"), {
    ...about,
    kind: "waiting",
    cause: "offline-spent",
    says,
    remedy: "Restore the connection to the owner's server; the station goes on by itself",
    waiting: 3,
  });
  assert.match(await pageOf(waiting), /离线额度已用完；3 台器件等待所有者服务器。/);
  assert.match(
    headlineOf(snapshotOf([waiting]), "zh-Hans").text,
    /离线额度已用完；3 台器件等待所有者服务器。/,
  );
  assert.match(await pageOf(waiting, "/", "en"), /3 devices wait for the owner/);
  const on = withEvent(waiting, { ...about, kind: "phase" });
  assert.equal(on.waiting, null);
});

for (
  const [reason, message, chinese, english] of [
    [
      "boards-unreadable",
      `Cannot look for boards in "/var/boards": check the folder and its rights`,
      /无法读取电路板文件夹；请检查文件夹及其权限。/,
      /The folder of the boards cannot be read; check the folder and its rights\./,
    ],
    [
      "board-unreadable",
      `cannot read the board "/var/a.board": Cannot read board: it does not begin with "FSBOARD1".`,
      /无法读取电路板；请取出后重新放入，或换一块。/,
      /The board cannot be read; take it out and put it in again, or another one\./,
    ],
    [
      "product-open",
      "Cannot choose a product for station-1: the owner allows 2 products",
      /未选定产品/,
      /No product is chosen/,
    ],
    [
      "disk-fault",
      "Cannot write the journal: disk full",
      /烧录机的磁盘出现故障。请检查磁盘的剩余空间和健康状况。/,
      /The appliance's disk failed\. Check free space and health of the disk\./,
    ],
    [
      "authority-unreachable",
      "Cannot choose a product: no network",
      /无法连接所有者服务器。/,
      /The owner's server cannot be reached\. Check the network/,
    ],
    [
      "authority-appliance-stopped",
      "Cannot choose a product: stopped",
      /所有者已停止该烧录机。/,
      /The owner has stopped this appliance\./,
    ],
  ] as const
) {
  Deno.test(`pages say why a station cannot work in plain words of their language, and what was met as a detail: ${reason}`, async () => {
    const fault = withEvent(emptyStation(station), { kind: "station-fault", station, message, reason });
    const [words, other] = [{ "zh-CN": chinese, en: english }, { "zh-CN": english, en: chinese }];
    for (const language of ["zh-CN", "en"] as const) {
      for (const path of ["/", "/alarms", "/stations/station-1"]) {
        const page = plain(await pageOf(fault, path, language));
        assert.match(page, words[language]);
        assert.doesNotMatch(page, other[language]);
        assert.equal(page.includes(message), path === "/stations/station-1", `${path} has what was met`);
      }
    }
    for (const kind of ["station-works", "board-out"] as const) {
      const { fault: left, faultReason } = withEvent(fault, { kind, station });
      assert.deepEqual([left, faultReason], [null, null]);
    }
  });
}

Deno.test("a reason that this program does not know is said as it was told, marked as English", async () => {
  const message = "Cannot do the work of tomorrow";
  const fault = withEvent(emptyStation(station), {
    kind: "station-fault",
    station,
    message,
    reason: "of-tomorrow",
  });
  assert.match(await pageOf(fault), /lang="en"[^>]*>.*Cannot do the work of tomorrow/s);
});

Deno.test("the vault's promise is Chinese on the Chinese page, and in English what the vault itself says", async () => {
  assert.match(
    await pageOf(stationIn("ready"), "/health"),
    /<code>file<\/code>: 能发现重复使用，但不能阻止。密钥保存在文件中：/,
  );
  assert.deepEqual([detailWords.vaultFilePromise.en, detailWords.vaultFileSays.en], [
    vaultKinds.file.promise,
    vaultKinds.file.says,
  ]);
});

Deno.test("what was noted of a station is Chinese too, once the fault is over", async () => {
  const says = "Cannot look for boards: no rights";
  const items = [{
    atMs: NOW_MS,
    kind: "station",
    subject: station,
    says,
    remedy: null,
    reason: "boards-unreadable",
  }] as const;
  const app = createStatusApp(
    sourceOf(snapshotOf([stationIn("ready")]), { noted: () => ({ sinceMs: NOW_MS, items }) }),
  );
  const page = async (language: string) =>
    await (await app.request("/alarms", { headers: { "accept-language": language } })).text();
  assert.match(await page("zh-CN"), /工位 1。无法读取电路板文件夹；请检查文件夹及其权限。/);
  assert.match(await page("en"), /Station 1\. Cannot look for boards: no rights\./);
});
