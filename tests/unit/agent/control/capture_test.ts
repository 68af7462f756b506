import assert from "node:assert/strict";
import { createCapture } from "../../../../agent/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";

const UID = "00112233445566778899aabb";
const OTHER_UID = "ff112233445566778899aabb";

/** A folder in memory that holds `names` already. */
function folderWith(...names: readonly string[]) {
  const files = new Map(names.map((name) => [`out/${name}`, "of an earlier run"]));
  const folders: string[] = [];
  const ports = {
    makeFolder: (path: string) => void folders.push(path),
    listFolder: () => [...files.keys()].map((path) => path.slice("out/".length)),
    writeFile: (path: string, bytes: Uint8Array) => void files.set(path, bytes.toHex()),
  };
  return { files, folders, ports };
}

Deno.test("createCapture() writes raw bytes in order, one set of files per delivery, numbered from 01 (D§12)", () => {
  const { files, folders, ports } = folderWith();
  const capture = createCapture("out", ports);
  const first = capture.begin();
  const buffer = Uint8Array.of(1, 2);
  first.debug("tx", buffer);
  buffer.fill(9);
  first.debug("tx", Uint8Array.of(3));
  first.debug("rx", Uint8Array.of(4));
  first.ticketed(UID);
  first.link("tx", Uint8Array.of(5));
  first.link("rx", Uint8Array.of(6));
  first.firmware(Uint8Array.of(7));
  first.close();
  assert.deepEqual(folders, ["out"]);
  assert.deepEqual(Object.fromEntries(files), {
    [`out/01-${UID}-debug-tx.bin`]: "010203",
    [`out/01-${UID}-debug-rx.bin`]: "04",
    [`out/01-${UID}-link-tx.bin`]: "05",
    [`out/01-${UID}-link-rx.bin`]: "06",
    [`out/01-${UID}-firmware.bin`]: "07",
  });
});

Deno.test("createCapture() gives no number and no file to a board that gets no ticket; others keep their order", () => {
  const { files, ports } = folderWith();
  const capture = createCapture("out", ports);
  const [waiting, late, early] = [capture.begin(), capture.begin(), capture.begin()];
  waiting.debug("tx", Uint8Array.of(1));
  early.ticketed(UID);
  late.ticketed(OTHER_UID);
  late.ticketed(OTHER_UID);
  for (const sink of [waiting, late, early]) sink.close();
  const sets = new Set([...files.keys()].map((path) => path.slice(4, 31)));
  assert.deepEqual([...sets].sort(), [`01-${UID}`, `02-${OTHER_UID}`]);
});

Deno.test("createCapture() goes on after the numbers that are in the folder, and overwrites nothing", () => {
  const earlier = `09-${UID}-link-tx.bin`;
  const { files, ports } = folderWith(earlier, "99-notes.txt", "image.bin");
  const sink = createCapture("out", ports).begin();
  sink.ticketed(UID);
  sink.close();
  assert.ok(files.has(`out/10-${UID}-link-tx.bin`));
  assert.equal(files.get(`out/${earlier}`), "of an earlier run");
});

Deno.test("createCapture() names the folder that cannot be made", () => {
  const ports = {
    makeFolder: () => {
      throw new Deno.errors.PermissionDenied("no");
    },
    listFolder: () => [],
    writeFile: () => {},
  };
  assert.throws(() => createCapture("/out", ports), (error: unknown) => {
    assert.ok(error instanceof Fault && error.place === "disk");
    assert.match(error.message, /^Cannot write the capture "\/out": check the folder/);
    return true;
  });
});
