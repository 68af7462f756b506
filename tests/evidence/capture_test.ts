/**
 * Nothing that was recorded gives the firmware or a key away: wires, databases with their logs, files, narration, and
 * what is said inside TLS. And the looking itself is tried on deliveries that do give it away.
 *
 * @module
 */
import assert from "node:assert/strict";
import { createProbe } from "../../agent/probe/mod.ts";
import { sameBytes } from "../../bootloader/wire/mod.ts";
import { Board } from "./_board.ts";
import { deliverInClear } from "./_bypass.ts";
import { placesOfDelivery, placesOfSite, placesOfTalk } from "./_places.ts";
import { installedBootloader, secretsOfDelivery, secretsOfSite } from "./_secrets.ts";
import { evidence, shared, Site } from "./_site.ts";
import { attempt, type Delivered, type Wires } from "./_station.ts";
import { type Place, Windows, windowsOf } from "./_windows.ts";

interface Recorded {
  readonly site: Site;
  readonly boards: readonly [Board, Board];
  readonly deliveries: readonly [Delivered, Delivered];
}

const recorded = shared<Recorded>(async () => {
  const site = await Site.open();
  const boards = [new Board(), new Board()] as const;
  const deliveries = [await attempt(site, boards[0]), await attempt(site, boards[1])] as const;
  return { site, boards, deliveries };
}, ({ site }) => site.close());

/** Windows of the image that are not in the bootloader. */
function imageWindows({ site, deliveries }: Recorded): Windows {
  const bootloader = new Windows();
  for (const delivered of deliveries) {
    for (const window of windowsOf(installedBootloader(site, delivered))) bootloader.addKey("known", window);
  }
  const image = new Windows();
  image.addContent("the image", site.image, bootloader);
  assert.ok(image.count > 3_000, `only ${image.count} windows of the image count`);
  return image;
}

/** Windows of every secret; `but` names those that this place is allowed to see. */
function secretWindows({ site, boards, deliveries }: Recorded, but: readonly string[] = []): Windows {
  const secrets = new Windows();
  const all = [secretsOfSite(site), ...deliveries.map((one, i) => secretsOfDelivery(site, boards[i]!, one))];
  for (const [name, key] of all.flatMap((some) => [...some])) {
    if (!but.includes(name)) secrets.addKey(name, key);
  }
  // 11 of the site, 8 of each delivery, of which release key and salt are the same; 17 windows of 32 bytes.
  assert.equal(secrets.count, (11 + 8 + 6 - 2 * but.length) * 17);
  return secrets;
}

function assertNothing(windows: Windows, places: readonly Place[]): void {
  assert.ok(
    places.length > 0 && places.every(({ bytes }) => bytes.length > 0),
    "there is nothing to look at",
  );
  assert.deepEqual(windows.find(places), []);
}

evidence("two deliveries end with the image in flash, booting and closed: they are worth looking at", () => {
  const { site, boards, deliveries } = recorded();
  for (const [i, board] of boards.entries()) {
    assert.equal(deliveries[i]!.result.outcome, "delivered", JSON.stringify(deliveries[i]!.result));
    const flash = board.mcu.flash;
    const { offset, length } = site.personal;
    assert.ok(flash.subarray(offset, offset + 216).some((byte) => byte !== 0xff), "no certificate in flash");
    flash.fill(0xff, offset, offset + length);
    assert.ok(sameBytes(flash, site.image));
    assert.deepEqual([board.boots(site.image), board.readUnderReset(), board.mcu.truth.level], [
      true,
      null,
      1,
    ]);
    assert.deepEqual(board.mcu.reports, []);
  }
});

evidence("the product's own capture shows all that passed on the wires", () => {
  for (const { wires, captured } of recorded().deliveries) {
    for (const wire of ["debugTx", "linkTx", "linkRx"] as const) {
      assert.deepEqual(captured[wire], wires[wire]);
    }
    // The driver reads the chip's identity while it attaches; the harness sits above it and does not see that.
    assert.ok(captured.debugRx.length >= wires.debugRx.length);
    assert.ok(wires.linkTx.length > 4096 && wires.debugRx.length > 2 * 8192);
  }
});

evidence("no window of the image and no key is on any wire: debug port and link, both ways", () => {
  const places = recorded().deliveries.flatMap((one, i) => placesOfDelivery(`delivery ${i + 1}`, one));
  assertNothing(imageWindows(recorded()), places);
  assertNothing(secretWindows(recorded()), places);
});

evidence("no window of the image and no key is in a database, its log, any file, or any log line", () => {
  const { site } = recorded();
  const places = placesOfSite(site);
  for (
    const wanted of ["authority.sqlite", "authority.sqlite-wal", "agent/journal.db", "agent/journal.db-wal"]
  ) {
    assert.ok(places.some(({ name }) => name === wanted), `${wanted} was not looked at`);
  }
  assertNothing(imageWindows(recorded()), places);
  assertNothing(secretWindows(recorded()), places);
});

evidence(
  "inside TLS: no window of the image and no key but the transport keys, and these in one reply each",
  () => {
    const { site } = recorded();
    const places = placesOfTalk(site);
    assertNothing(imageWindows(recorded()), places);
    const transport = ["the transport key to the host", "the transport key to the chip"];
    assertNothing(secretWindows(recorded(), transport), places);
    const found = secretWindows(recorded()).find(places);
    assert.deepEqual([...new Set(found.map(({ needle }) => needle))].sort(), transport.toSorted());
    assert.ok(found.every(({ place }) => /^reply to POST .*message1$/.test(place)), JSON.stringify(found));
  },
);

/** What a delivery may say twice: everything up to TICKET is public, and no key exists yet. */
function beforeKeys({ wires, frames }: Delivered): { readonly tx: number; readonly rx: number } {
  const bytes = (upTo: string, direction: "tx" | "rx") => {
    let sum = 0;
    const own = frames.filter((one) => one.direction === direction);
    for (const { name, frame } of own.slice(0, own.findLastIndex(({ name }) => name === upTo) + 1)) {
      assert.ok(["HELLO", "HELLO_REPLY", "TICKET"].includes(name), `${name} before a key exists`);
      sum += frame.body.length + 8;
    }
    return sum;
  };
  const ends = { tx: bytes("TICKET", "tx"), rx: bytes("HELLO_REPLY", "rx") };
  assert.ok(ends.tx > 352 && ends.tx < wires.linkTx.length && ends.rx > 60 && ends.rx < wires.linkRx.length);
  return ends;
}

/** Windows that two deliveries share on the link beyond HELLO and ticket. */
function sharedOnLink(one: Delivered, other: Delivered): number {
  const ends = beforeKeys(one);
  const mine = new Windows();
  mine.addContent("tx", one.wires.linkTx.subarray(ends.tx));
  mine.addContent("rx", one.wires.linkRx.subarray(ends.rx));
  let count = 0;
  for (const bytes of [other.wires.linkTx, other.wires.linkRx]) {
    for (const window of windowsOf(bytes)) if (mine.has(window)) count += 1;
  }
  return count;
}

evidence("two deliveries of one release share no window on the link beyond HELLO and ticket", () => {
  const [one, other] = recorded().deliveries;
  assert.equal(sharedOnLink(one, other), 0);
  assert.equal(sharedOnLink(other, one), 0);
});

/** Words of the flash controller (RM0444 3.7) and of a blank chip: public constants on the debug port. */
const REGISTER_WORDS = [0x45670123, 0xcdef89ab, 0xc3fa, 0, 1, 4, 0x10004, 0x80000000, 0xffffffff];

/** The first word in a window that both deliveries have on their debug ports and that is nothing public. */
function strangeSharedWord({ site, deliveries: [one, other] }: Recorded, wire: keyof Wires): string | null {
  const words = (bytes: Uint8Array) => new Uint32Array(bytes.slice().buffer, 0, bytes.length >> 2);
  const known = new Set([...REGISTER_WORDS, ...words(installedBootloader(site, one))]);
  const mine = new Windows();
  mine.addContent("debug", one.wires[wire]);
  const stream = words(other.wires[wire]);
  for (let at = 0; at + 4 <= stream.length; at++) {
    if (!mine.has(other.wires[wire].subarray(4 * at, 4 * at + 16))) continue;
    const strange = stream.subarray(at, at + 4).find((word) => !known.has(word));
    if (strange !== undefined) return strange.toString(16);
  }
  return null;
}

evidence("two deliveries share nothing on the debug port but the bootloader and register constants", () => {
  assert.equal(strangeSharedWord(recorded(), "debugTx"), null);
  assert.equal(strangeSharedWord(recorded(), "debugRx"), null);
});

evidence(
  "seeded fault: with encryption that does nothing the delivery succeeds and both looks find the image",
  async () => {
    const { site } = recorded();
    const boards = [new Board(), new Board()] as const;
    const clear = [await deliverInClear(site, boards[0]), await deliverInClear(site, boards[1])] as const;
    for (const { result } of clear) assert.equal(result.outcome, "delivered", JSON.stringify(result));
    const found = imageWindows(recorded()).find(placesOfDelivery("clear", clear[0]));
    assert.ok(
      found.some(({ place, form }) => place === "clear linkTx" && form === "raw"),
      JSON.stringify(found),
    );
    assert.ok(sharedOnLink(clear[0], clear[1]) > 3_000);
  },
);

evidence("seeded fault: an image that is pushed through the probe is found on the debug port", async () => {
  const { site } = recorded();
  const board = new Board();
  const sent: Uint8Array[] = [];
  const never = new AbortController().signal;
  const probe = createProbe(board.port);
  probe.observe((direction, bytes) => {
    if (direction === "tx") sent.push(bytes.slice());
  });
  await probe.cyclePower(never);
  await probe.attach("under-reset", never);
  await probe.program({ offset: 0, bytes: site.image.subarray(0, 2048) }, never);
  assert.ok(sameBytes(board.mcu.flash.subarray(0, 2048), site.image.subarray(0, 2048)));
  const bytes = new Uint8Array(sent.flatMap((part) => [...part]));
  assert.ok(imageWindows(recorded()).find([{ name: "debug tx", bytes }]).length > 0);
});

evidence("seeded fault: one window in a database, raw, as hex or as base64 at any offset, is found", () => {
  const { site } = recorded();
  const database = Deno.readFileSync(`${site.databaseFile}-wal`);
  const image = imageWindows(recorded());
  const keys = secretWindows(recorded());
  const key = site.sealKey.slice(9, 25);
  const window = site.image.slice(1001, 1017);
  const text = (value: string) => new TextEncoder().encode(value);
  for (let shift = 0; shift < 3; shift++) {
    const padded = new Uint8Array([
      ...new Uint8Array(shift).fill(65),
      ...window,
      ...new Uint8Array(6).fill(66),
    ]);
    for (
      const [form, planted] of [
        ["raw", window],
        ["hex", text(` ${window.toHex()}"`)],
        ["hex", text(`"0${window.toHex().toUpperCase()} `)],
        ["base64", text(`"${padded.toBase64()}"`)],
        ["base64", text(` ${padded.toBase64({ alphabet: "base64url", omitPadding: true })} `)],
      ] as const
    ) {
      const bytes = database.slice();
      bytes.set(planted, 5_001 + shift);
      const found = image.find([{ name: "database", bytes }]);
      assert.deepEqual([...new Set(found.map((one) => one.form))], [form]);
    }
  }
  database.set(key, 7_777);
  assert.deepEqual(keys.find([{ name: "database", bytes: database }]).map(({ needle }) => needle), [
    "the authority's seal key",
  ]);
  const short = new Uint8Array([1, ...window.subarray(0, 15), 1]);
  assert.deepEqual(image.find([{ name: "short", bytes: short }]), []);
});
