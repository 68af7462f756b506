/** What a service manager is told, and when it is told nothing. @module */

import assert from "node:assert/strict";
import { openNotify, superviseBy } from "../../../../deploy/supervise/mod.ts";
import { Fault } from "../../../../bootloader/wire/mod.ts";
import { startManager } from "./_manager.ts";

const allowed = (["run", "read", "write", "ffi"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");
if (!allowed) console.log("the tests of sd_notify need --allow-run --allow-ffi: deno task test");

/** A service whose clock ticks when the test says so. */
function service(watchdogMs: number | null, healthy: () => Promise<boolean>) {
  const told: string[] = [];
  const troubles: string[] = [];
  const timers: { readonly ms: number; act: (() => void) | null }[] = [];
  const supervised = superviseBy({
    notify: (...lines) => void told.push(...lines),
    watchdogMs,
    healthy,
    every(ms, act) {
      const timer = { ms, act: act as (() => void) | null };
      timers.push(timer);
      return () => timer.act = null;
    },
    onTrouble: (message) => troubles.push(message),
  });
  const tick = async () => {
    timers.forEach(({ act }) => act?.());
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { told, troubles, timers, supervised, tick };
}

Deno.test("superviseBy() says READY once, WATCHDOG twice in each watchdog time, STOPPING, and nothing after that", async () => {
  const { told, timers, supervised, tick } = service(60_000, () => Promise.resolve(true));
  await tick();
  await tick();
  supervised.stopping();
  await tick();
  assert.deepEqual(told, ["READY=1", "WATCHDOG=1", "WATCHDOG=1", "STOPPING=1"]);
  assert.deepEqual(timers.map(({ ms }) => ms), [30_000]);
});

Deno.test("superviseBy() says no WATCHDOG while the service is not healthy, fails, or hangs", async () => {
  let answer: () => Promise<boolean> = () => Promise.resolve(false);
  const { told, troubles, tick } = service(60_000, () => answer());
  await tick();
  answer = () => Promise.reject(new Error("no answer"));
  await tick();
  assert.equal(troubles.length, 2);
  answer = () => new Promise(() => {});
  await tick();
  answer = () => Promise.resolve(true);
  await tick();
  assert.deepEqual(told, ["READY=1"]);
});

Deno.test("superviseBy() says nothing after STOPPING, not even what it was about to say", async () => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { told, supervised, tick } = service(60_000, () => promise);
  await tick();
  supervised.stopping();
  resolve(true);
  await tick();
  assert.deepEqual(told, ["READY=1", "STOPPING=1"]);
});

Deno.test("superviseBy() asks nothing where there is no watchdog, and tells nobody where nobody listens", async () => {
  const { told, timers, tick } = service(null, () => assert.fail("it was asked"));
  await tick();
  assert.deepEqual([told, timers], [["READY=1"], []]);
  superviseBy({
    notify: null,
    watchdogMs: 1_000,
    healthy: () => assert.fail("it was asked"),
    every: () => assert.fail("a timer"),
    onTrouble: () => {},
  }).stopping();
});

Deno.test("superviseBy() goes on when the manager takes nothing", () => {
  const troubles: string[] = [];
  const fault = new Fault("Cannot notify: nobody takes it", { place: "service manager", retry: true });
  const supervised = superviseBy({
    notify: () => {
      throw fault;
    },
    watchdogMs: null,
    healthy: () => Promise.resolve(true),
    every: () => () => {},
    onTrouble: (message) => troubles.push(message),
  });
  supervised.stopping();
  assert.deepEqual(troubles, [fault.message, fault.message]);
});

Deno.test("openNotify() sends one datagram through libc to a socket that Deno itself has bound", {
  ignore: !allowed,
}, async () => {
  const folder = await Deno.makeTempDir();
  const manager = await startManager(folder);
  try {
    openNotify(manager.address)!("READY=1", "STATUS=ready");
    while (manager.told.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(manager.told, ["READY=1\nSTATUS=ready"]);
  } finally {
    await manager.stop();
    await Deno.remove(folder, { recursive: true });
  }
  assert.throws(() => openNotify(manager.address)!("READY=1"), Fault);
});

Deno.test("openNotify() takes no name that is none, and does nothing without one", () => {
  assert.equal(openNotify(undefined), null);
  for (const name of ["relative", `/${"x".repeat(120)}`, `@${"x".repeat(120)}`]) {
    assert.throws(() => openNotify(name), Fault);
  }
});
