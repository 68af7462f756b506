import assert from "node:assert/strict";
import { createCapture } from "../../../../agent/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";

Deno.test("createCapture() writes raw bytes in order, one set of files per delivery, numbered from 01 (D§12)", () => {
  const files = new Map<string, string>();
  const folders: string[] = [];
  const capture = createCapture("out", {
    makeFolder: (path) => folders.push(path),
    writeFile: (path, bytes) => files.set(path, bytes.toHex()),
  });
  const uid = "00112233445566778899aabb";
  const first = capture.begin();
  const second = capture.begin();
  const buffer = Uint8Array.of(1, 2);
  first.debug("tx", buffer);
  buffer.fill(9);
  first.debug("tx", Uint8Array.of(3));
  first.debug("rx", Uint8Array.of(4));
  first.link("tx", Uint8Array.of(5));
  first.link("rx", Uint8Array.of(6));
  first.identify(uid);
  first.firmware(Uint8Array.of(7));
  first.close();
  second.close();
  assert.deepEqual(folders, ["out"]);
  assert.deepEqual(Object.fromEntries([...files].filter(([path]) => path.startsWith("out/01"))), {
    [`out/01-${uid}-debug-tx.bin`]: "010203",
    [`out/01-${uid}-debug-rx.bin`]: "04",
    [`out/01-${uid}-link-tx.bin`]: "05",
    [`out/01-${uid}-link-rx.bin`]: "06",
    [`out/01-${uid}-firmware.bin`]: "07",
  });
  assert.ok(files.has("out/02-unknown-link-rx.bin"));
});

Deno.test("createCapture() names the folder that cannot be made", () => {
  const ports = {
    makeFolder: () => {
      throw new Deno.errors.PermissionDenied("no");
    },
    writeFile: () => {},
  };
  assert.throws(() => createCapture("/out", ports), (error: unknown) => {
    assert.ok(error instanceof Fault && error.place === "disk");
    assert.match(error.message, /^Cannot write the capture "\/out": check the folder/);
    return true;
  });
});
