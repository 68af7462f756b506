import assert from "node:assert/strict";
import type { Language } from "../../../../authority/api/mod.ts";
import { headlineOf, type StationState, type StatusSnapshot } from "../../../../agent/status/mod.ts";
import { lentUnits, NOW_MS, offlineWith, PRODUCT, snapshotOf, stationIn } from "./_source.ts";

const states = (...all: readonly StationState[]) => all.map((state, index) => stationIn(state, index + 1));
const floor = (all: readonly StationState[], parts: Partial<StatusSnapshot> = {}) =>
  snapshotOf(states(...all), parts);
const none = offlineWith({ left: [] });
const spent = offlineWith({ left: [{ product: PRODUCT, tickets: 0 }] });
const over = offlineWith({
  left: [{ product: PRODUCT, tickets: 0 }],
  leases: [lentUnits({ free: 5, notAfterSeconds: NOW_MS / 1000 - 1, usable: false, over: true })],
});
const short = offlineWith({ leases: [lentUnits({ notAfterSeconds: NOW_MS / 1000 + 2_399 })] });
const one = offlineWith({ left: [{ product: PRODUCT, tickets: 1 }] });
const away = offlineWith({ reachable: false });

interface Case {
  readonly name: string;
  readonly snapshot: StatusSnapshot;
  readonly colour: string;
  readonly texts: Readonly<Record<Language, RegExp>>;
}

const cases: readonly Case[] = [
  {
    name: "the line runs and has enough",
    snapshot: floor(["working", "ready", "good"]),
    colour: "green",
    texts: {
      en: /^Running\. Enough for 3 h 10 min without network\.$/,
      "zh-Hans": /^运行中。断网后还可生产 3 h 10 min。$/,
    },
  },
  {
    name: "what was lent ends before it is used up",
    snapshot: floor(["working"], { offline: short }),
    colour: "green",
    texts: { en: /^Running\. Enough for 40 min without network\.$/, "zh-Hans": /断网后还可生产 40 min。$/ },
  },
  {
    name: "the time of what was lent is over",
    snapshot: floor(["working"], { offline: over }),
    colour: "yellow",
    texts: {
      en: /^Running\. The time of the offline allowance is over\.$/,
      "zh-Hans": /^运行中。离线额度已过期。$/,
    },
  },
  {
    name: "there is no figure yet",
    snapshot: floor(["working"], { pace: [] }),
    colour: "green",
    texts: {
      en: /^Running\. Enough for 190 devices without network; no figure yet for how long\.$/,
      "zh-Hans": /^运行中。断网后还可生产 190 台；可用时间尚无数据。$/,
    },
  },
  {
    name: "one ticket is left and there is no figure",
    snapshot: floor(["working"], { pace: [], offline: one }),
    colour: "green",
    texts: { en: /Enough for 1 device without network; no figure/, "zh-Hans": /还可生产 1 台/ },
  },
  {
    name: "nothing is lent",
    snapshot: floor(["working"], { offline: none }),
    colour: "green",
    texts: {
      en: /^Running\. Nothing is lent for work without network\.$/,
      "zh-Hans": /^运行中。没有离线额度。$/,
    },
  },
  {
    name: "the allowance is used up while the network is there",
    snapshot: floor(["working"], { offline: spent }),
    colour: "yellow",
    texts: { en: /^Running\. The offline allowance is used up\.$/, "zh-Hans": /^运行中。离线额度已用完。$/ },
  },
  {
    name: "no board lies anywhere",
    snapshot: floor(["ready", "ready"]),
    colour: "green",
    texts: { en: /^Ready for boards\. Enough for 3 h/, "zh-Hans": /^可以放板。断网后还可生产/ },
  },
  {
    name: "the network is away",
    snapshot: floor(["working"], { offline: away }),
    colour: "yellow",
    texts: {
      en: /^Running without network\. Enough for 3 h 10 min/,
      "zh-Hans": /^无网络运行中。断网后还可生产 3 h/,
    },
  },
  {
    name: "one station waits by itself",
    snapshot: floor(["working", "waiting"]),
    colour: "yellow",
    texts: {
      en: /^Station 2 waits: the offline allowance is used up\. Restore/,
      "zh-Hans": /^工位 2 等待中：/,
    },
  },
  {
    name: "a board failed",
    snapshot: floor(["working", "failed", "waiting"]),
    colour: "red",
    texts: {
      en:
        /^Station 2 needs a person: the chip does not answer the probe, not even under reset\. Check contacts/,
      "zh-Hans": /^工位 2 需要人处理：/,
    },
  },
  {
    name: "a board was refused",
    snapshot: floor(["refused", "working"]),
    colour: "blue",
    texts: { en: /^Station 1 needs a person: the chip is not blank/, "zh-Hans": /^工位 1 需要人处理：/ },
  },
  {
    name: "several stations need a person, the broken one first",
    snapshot: floor(["refused", "fault", "working"]),
    colour: "red",
    texts: {
      en:
        /^Station 2 needs a person: the folder of the boards cannot be read; check the folder and its rights\. Also station 1\.$/,
      "zh-Hans": /^工位 2 需要人处理：.*另有工位 1。$/,
    },
  },
  {
    name: "several boards need a person: marks and spaces of the language",
    snapshot: floor(["refused", "failed", "refused"]),
    colour: "red",
    texts: { en: /\. Also stations 1, 3\.$/, "zh-Hans": /。另有工位 1、3。$/ },
  },
  {
    name: "every station waits for the owner",
    snapshot: floor(["waiting", "blocked"]),
    colour: "blue",
    texts: {
      en: /^Standing still: the order has no units left\. Ask the owner to raise the order\.$/,
      "zh-Hans": /^停线：/,
    },
  },
  {
    name: "every station waits for the network",
    snapshot: floor(["waiting", "waiting"]),
    colour: "yellow",
    texts: { en: /^Standing still: the offline allowance is used up\. Restore/, "zh-Hans": /^停线：/ },
  },
  {
    name: "the owner's server wants nothing more of the appliance",
    snapshot: floor(["working"], {
      standing: { code: "appliance-frozen", says: "Its disk was put back", remedy: "Ask the owner" },
    }),
    colour: "blue",
    texts: { en: /^Standing still: its disk was put back\. Ask the owner\.$/, "zh-Hans": /^停线：/ },
  },
  {
    name: "an agent that tells nothing of offline work",
    snapshot: (({ offline: _, ...rest }) => rest)(floor(["working"])),
    colour: "green",
    texts: { en: /^Running\.$/, "zh-Hans": /^运行中。$/ },
  },
];

for (const { name, snapshot, colour, texts } of cases) {
  Deno.test(`headlineOf(): ${name}`, () => {
    for (const language of ["en", "zh-Hans"] as const) {
      const headline = headlineOf(snapshot, language);
      assert.match(headline.text, texts[language]);
      assert.equal(headline.colour, colour);
    }
  });
}

Deno.test("headlineOf() calls stations by the numbers they end with, or by their places where they have none", () => {
  const named = (...names: readonly string[]) =>
    snapshotOf(names.map((station) => ({ ...stationIn("failed"), station })));
  assert.match(headlineOf(named("press 7"), "en").text, /^Station 7 needs/);
  assert.match(headlineOf(named("left", "right 9"), "en").text, /^Station 1 needs .* Also station 2\.$/);
  assert.match(headlineOf(named("a1", "b1"), "en").text, /^Station 1 needs .* Also station 2\.$/);
  assert.match(
    headlineOf(named("1", "2", "3", "4", "5", "6", "7"), "en").text,
    /^Station 1 needs .* Also stations 2, 3, 4, 5, …\.$/,
  );
});
