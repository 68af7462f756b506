/** The units before systemd's own tools, and what the processes ask of the kernel against what the units allow. @module */

import assert from "node:assert/strict";
import { makeSite } from "../../chaos/_site.ts";
import { inFolder } from "../../script/_flashseal.ts";
import { until } from "../../unit/agent/control/deployment.ts";
import { isMissing, run } from "./_programs.ts";

const UNITS = new URL("../../../deploy/systemd/", import.meta.url).pathname;
const SERVICES = ["flashseal-authority.service", "flashseal-agent.service", "flashseal-backup.service"];
/** Of 10; systemd itself calls 2 and below "OK". */
const EXPOSURE_MOST = 2;
const WITHIN_MS = 300_000;

const noAnalyze = isMissing("systemd-analyze", "systemd");

/** The units as they are, with a program in the place of the one that is not installed here. */
async function withUnits(work: (folder: string) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    for (const unit of [...SERVICES, "flashseal-backup.timer"]) {
      const text = await Deno.readTextFile(UNITS + unit);
      await Deno.writeTextFile(`${folder}/${unit}`, text.replaceAll("/usr/local/bin/flashseal", "/bin/true"));
    }
    await work(folder);
  });
}

Deno.test({
  name: "systemd-analyze verify finds nothing in the units",
  ignore: noAnalyze,
  async fn() {
    await withUnits(async (folder) => {
      const units = [...SERVICES, "flashseal-backup.timer"].map((unit) => `${folder}/${unit}`);
      const verified = await run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", ...units);
      assert.deepEqual([verified.code, verified.err.trim()], [0, ""]);
      // A unit that is wrong is found: the check is one.
      const wrong = `${folder}/wrong.service`;
      const text = await Deno.readTextFile(`${folder}/${SERVICES[0]}`);
      await Deno.writeTextFile(wrong, text.replace("NoNewPrivileges", "NoNewPrivilege"));
      const found = await run("systemd-analyze", "verify", "--man=no", "--recursive-errors=no", wrong);
      assert.match(found.err, /NoNewPrivilege/);
    });
  },
});

Deno.test({
  name: `systemd-analyze security: no service is exposed more than ${EXPOSURE_MOST} of 10`,
  ignore: noAnalyze,
  async fn() {
    await withUnits(async (folder) => {
      for (const service of SERVICES) {
        const threshold = `--threshold=${EXPOSURE_MOST * 10}`;
        const looked = await run(
          "systemd-analyze",
          "security",
          "--offline=yes",
          threshold,
          `${folder}/${service}`,
        );
        assert.equal(looked.code, 0, looked.out.trimEnd().split("\n").at(-1));
      }
    });
  },
});

Deno.test({
  name: "of the nightly backups the newest thirty stay, and nothing else is taken away",
  ignore: noAnalyze,
  async fn() {
    const unit = await Deno.readTextFile(`${UNITS}flashseal-backup.service`);
    const command = /^ExecStartPost=\/bin\/sh -c '(.*)'$/m.exec(unit)?.[1];
    assert.ok(command !== undefined && command.includes("/var/lib/flashseal-authority/backups"));
    await inFolder(async (folder) => {
      const thin = () =>
        run("/bin/sh", "-c", command.replace("/var/lib/flashseal-authority/backups", folder));
      const nights = Array.from(
        { length: 33 },
        (_, night) => `202611${`${night}`.padStart(2, "0")}T000000Z.sqlite`,
      );
      for (const name of [...nights, "notes.txt"]) await Deno.writeTextFile(`${folder}/${name}`, "");
      for (const kept of [nights.slice(3), nights.slice(3)]) {
        assert.deepEqual(await thin(), { code: 0, out: "", err: "" });
        assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
          ...kept,
          "notes.txt",
        ]);
      }
    });
  },
});

Deno.test({
  name: "systemd-sysusers takes the users",
  ignore: isMissing("systemd-sysusers", "systemd"),
  async fn() {
    await inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/etc`);
      const made = await run("systemd-sysusers", `--root=${folder}`, `${UNITS}flashseal.sysusers.conf`);
      assert.equal(made.code, 0, made.err);
      const users = await Deno.readTextFile(`${folder}/etc/passwd`);
      assert.match(users, /^flashseal-agent:.*:\/usr\/sbin\/nologin$/m);
    });
  },
});

/** The system calls of a filter group, with those of the groups that it names. */
async function callsOf(group: string): Promise<Set<string>> {
  const { out } = await run("systemd-analyze", "syscall-filter", "--no-pager", group);
  const calls = new Set<string>();
  for (const [, name = ""] of out.matchAll(/^\s+(@?[a-z0-9_-]+)$/gm)) {
    const found = name.startsWith("@") ? await callsOf(name) : [name];
    for (const call of found) calls.add(call);
  }
  return calls;
}

/** What SystemCallFilter= of a unit allows: the first line names what is allowed, one with "~" what is not after all. */
async function allowedBy(unit: string): Promise<Set<string>> {
  const text = await Deno.readTextFile(UNITS + unit);
  const allowed = new Set<string>();
  for (const [, not, groups = ""] of text.matchAll(/^SystemCallFilter=(~?)(.+)$/gm)) {
    for (const group of groups.split(" ")) {
      for (const call of await callsOf(group)) {
        if (not === "~") allowed.delete(call);
        else allowed.add(call);
      }
    }
  }
  assert.ok(
    allowed.has("read") && allowed.has("sendto") && !allowed.has("mount"),
    "the filter could not be read",
  );
  return allowed;
}

/**
 * Not allowed, and not missed: here they are answered with EPERM as under the filter, and the work goes on. V8 asks for memory
 * keys, SQLite gives its files root's owner back where it runs as root, as in this test and not as a service.
 */
const DONE_WITHOUT = ["pkey_alloc", "fchown"];
const REFUSED = `inject=${DONE_WITHOUT.join(",")}:error=EPERM`;
const TRACE = ["strace", "-D", "-f", "-qq", "-e", REFUSED];

/** System calls in strace's record, with how each ended: one that was refused anyway is not missed. */
function callsIn(record: string): Set<string> {
  return new Set([...record.matchAll(/^\d+ +([a-z0-9_]+)\(/gm)].map(([, call]) => call!));
}

Deno.test({
  name: "every system call of authority and agent, from start to stop, is one that their units allow",
  ignore: noAnalyze || isMissing("strace", "strace"),
  async fn() {
    await inFolder(async (folder) => {
      const site = await makeSite({
        granted: 1,
        environment: (role) => ({ wrap: [...TRACE, "-o", `${folder}/${role}`] }),
      });
      try {
        site.putBoard();
        await site.startAgent();
        await until(() => site.ended.length === 1, WITHIN_MS, "a board is made");
        assert.equal(site.ended[0]?.outcome, "delivered");
        await site.agent!.stop();
        await site.authority!.stop();
      } finally {
        await site.close();
      }
      for (const role of ["authority", "agent"] as const) {
        const called = callsIn(await Deno.readTextFile(`${folder}/${role}`));
        assert.ok(called.size > 30, `only ${called.size} system calls were seen`);
        const allowed = await allowedBy(`flashseal-${role}.service`);
        const refused = [...called].filter((call) => !allowed.has(call) && !DONE_WITHOUT.includes(call));
        assert.deepEqual(refused, [], role);
      }
    });
  },
});
