/**
 * Figures, logs and the service manager at a whole deployment of real processes: what rules and dashboard ask for is told,
 * what is counted is what happened, and no secret stands in any of it.
 *
 * @module
 */
import assert from "node:assert/strict";
import { makeSite, type Site } from "../chaos/_site.ts";
import { runProcess } from "../chaos/_process.ts";
import { httpsGet } from "./_https_get.ts";
import { until } from "../unit/agent/control/deployment.ts";
import { startManager } from "../unit/deploy/supervise/_manager.ts";
import { alerts, missingIn, questions, readFigures } from "./_figures.ts";
import { ignore } from "./_flashseal.ts";

const WITHIN_MS = 150_000;

async function textAt(url: string): Promise<string> {
  const response = await fetch(url);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  return await response.text();
}

/** Every secret of a site that lies in a file, and the code that an appliance was enrolled with. */
function secretsOf({ authorityFolder, agentFolder }: Site, code: string): Map<string, string> {
  const read = (path: string) => Deno.readTextFileSync(path).trim();
  const pem = (path: string) => read(path).split("\n").slice(1, -1).join("").slice(0, 40);
  return new Map([
    ["API key", read(`${authorityFolder}/owner-api-key.txt`)],
    ["seal key of the authority", read(`${authorityFolder}/seal-key`)],
    ["root key", pem(`${authorityFolder}/root-key-TAKE-OFFLINE.pem`)],
    ["key of the channel's authority", pem(`${authorityFolder}/tls/ca-key.pem`)],
    ["key of the channel", pem(`${authorityFolder}/tls/certificate-key.pem`)],
    ["seal key of the appliance", read(`${agentFolder}.seal-key`)],
    [
      "sealed seed of the appliance",
      String(JSON.parse(read(`${agentFolder}/identity.json`)).sealed ?? "none"),
    ],
    ["enrolment code", code],
    ["enrolment code without dashes", code.replaceAll("-", "")],
  ]);
}

/** Asks for things as somebody would who puts secrets where they do not belong. */
async function misplaceSecrets(origin: string, secrets: Map<string, string>): Promise<void> {
  for (const secret of secrets.values()) {
    await httpsGet(`${origin}/v1/owner/quota?key=${encodeURIComponent(secret)}`, {
      authorization: `Bearer ${secret}`,
    });
  }
}

/** Posts a form without saying how long it is, at which the HTTP server has been heard to talk into the log. */
async function postInPieces(address: string): Promise<void> {
  const body = ReadableStream.from([new TextEncoder().encode("pin=")]);
  const headers = { origin: new URL(address).origin, "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(address, { method: "POST", body, headers });
  await answer.text();
}

Deno.test({
  name:
    "figures, logs and service manager of a real deployment: what is asked for is told, what is told happened, nothing is secret",
  ignore,
  async fn(t) {
    const site = await makeSite({ granted: 1 });
    // One for each process: what one says must not pass for the other.
    const managers = {
      authority: await startManager(site.authorityFolder),
      agent: await startManager(site.agentFolder),
    };
    const watched = (by: keyof typeof managers) => ({
      env: { NOTIFY_SOCKET: managers[by].address, WATCHDOG_USEC: "1000000" },
    });
    const lines: string[] = [];
    try {
      const configFile = `${site.authorityFolder}/config.json`;
      const config = { ...JSON.parse(Deno.readTextFileSync(configFile)), metrics: { port: 0 } };
      Deno.writeTextFileSync(configFile, JSON.stringify(config));
      await site.authority!.stop();
      await site.startAuthority(watched("authority"));
      const authorityUrl = (await site.authority!.line("figures ")).slice("figures ".length);
      await runProcess([
        "authority",
        "backup",
        "--dir",
        site.authorityFolder,
        "--to",
        `${site.folder}/backup`,
      ]);
      const code = await site.owner.enrolmentCode("Line 2");
      const secrets = secretsOf(site, code);
      assert.ok(
        [...secrets.values()].every((secret) => secret.length >= 4),
        JSON.stringify([...secrets.keys()]),
      );
      await runProcess([
        ...["agent", "enrol", "--dir", `${site.folder}/second`, "--authority", site.origin, "--code", code],
      ]);
      site.putBoard();
      site.putBoard();
      await site.startAgent(watched("agent"));
      const waits = () => site.events.some((event) => event.kind === "waiting");
      await until(() => site.ended.length === 1 && waits(), WITHIN_MS, "one board is made, one waits");
      await misplaceSecrets(site.origin, secrets);
      const { url } = site.events.find((event) => event.kind === "listening")!;
      await postInPieces(`${url}stations/station-1/again`);
      const told = {
        agent: await textAt(`${url}metrics`),
        authority: await textAt(authorityUrl),
      };
      const agent = readFigures(told.agent);
      const authority = readFigures(told.authority);

      await t.step("the agent counts what its deliveries did", () => {
        const { values } = agent;
        const delivered = site.ended[0]!;
        const cause = `{station="${delivered.station}",outcome="delivered",cause=""}`;
        assert.equal(values.get(`flashseal_deliveries_total${cause}`), 1);
        assert.equal(values.get('flashseal_deliveries_recorded{outcome="delivered"}'), 1);
        for (const phase of ["install", "lock", "handshake", "transfer", "receipt", "report"]) {
          assert.equal(values.get(`flashseal_delivery_phase_seconds_count{phase="${phase}"}`), 1, phase);
        }
        assert.equal(values.get(`flashseal_station_state{station="station-1",state="waiting"}`), 1);
        assert.equal(values.get(`flashseal_station_state{station="station-1",state="working"}`), 0);
        assert.equal(values.get("flashseal_authority_reachable"), 1);
        assert.ok(values.get("flashseal_authority_contact_age_seconds")! < 120);
        assert.ok(Math.abs(values.get("flashseal_clock_offset_seconds")!) < 60);
        assert.equal(values.get('flashseal_appliance_barred{cause=""}'), 0);
        assert.equal(values.get("flashseal_receipts_unreported"), 0);
        assert.ok(values.get('flashseal_sync_rounds_total{outcome="done"}')! >= 1);
        assert.ok(values.get("flashseal_disk_free_bytes")! > 0);
        assert.ok(values.get("flashseal_process_resident_memory_bytes")! > 10e6);
        assert.ok(values.get("flashseal_process_cpu_seconds_total")! > 0);
      });
      await t.step("the authority counts requests, refusals, units, appliances, and knows its backup", () => {
        const { values, figures } = authority;
        assert.equal(values.get('flashseal_order_units{order="first",state="committed"}'), 1);
        assert.equal(values.get('flashseal_order_units{order="first",state="free"}'), 0);
        assert.equal(values.get('flashseal_order_units_granted{order="first"}'), 1);
        assert.equal(values.get('flashseal_units{state="committed"}'), 1);
        assert.equal(values.get('flashseal_appliances{standing="good"}'), 2);
        // A slow machine may have had one repeated.
        const message1 = values.get('flashseal_requests_total{route="message1",status="2xx"}')!;
        assert.ok(message1 >= 1 && message1 <= 2, `${message1} messages 1`);
        assert.equal(values.get('flashseal_request_seconds_count{route="message1"}'), message1);
        assert.ok(values.get('flashseal_requests_total{route="receipt",status="2xx"}')! >= 1);
        assert.ok(values.get('flashseal_requests_total{route="ticket",status="4xx"}')! >= 1);
        assert.ok(values.get('flashseal_refusals_total{cause="quota-spent"}')! >= 1);
        assert.ok(values.get("flashseal_log_entries")! > 5);
        assert.ok(values.get("flashseal_database_bytes")! > 100_000);
        assert.equal(values.get("flashseal_epoch"), 1);
        assert.ok(values.get("flashseal_last_backup_timestamp_seconds")! > Date.now() / 1000 - 600);
        assert.ok(!figures.get("flashseal_requests_total")!.get("status")!.has("5xx"), "a request failed");
      });
      await t.step("every name and label of the rules and the dashboard is told by a process", () => {
        const all = new Map([...authority.figures, ...agent.figures]);
        for (const name of agent.figures.keys()) {
          // Told by both, with the same labels.
          const other = authority.figures.get(name);
          if (other !== undefined) {
            assert.deepEqual([...other.keys()], [...agent.figures.get(name)!.keys()], name);
          }
        }
        const known = new Map([...all, ...expected()].map(([name, labels]) => [name, labels]));
        assert.deepEqual(
          missingIn('sum by (colour) (flashseal_nothing + flashseal_units{state="gone",place="x"})', known),
          ["flashseal_nothing", 'flashseal_units{state="gone"}', "flashseal_units{place}", "by colour"],
        );
        assert.ok(alerts().length > 15 && questions().length > 20);
        for (const { alert, expr } of alerts()) assert.deepEqual(missingIn(expr, known), [], alert);
        for (const { title, expr, legendFormat } of questions()) {
          assert.deepEqual(missingIn(expr, known), [], title);
          const labels = [...legendFormat.matchAll(/\{\{([a-z]+)\}\}/g)].map(([, label]) => label!);
          for (const label of labels.filter((each) => !["job", "instance"].includes(each))) {
            assert.deepEqual(missingIn(`${expr} by (${label})`, known), [], title);
          }
        }
      });
      await t.step(
        "no figure has a UID, a ticket or another long name as a label, and none many values",
        () => {
          for (const [name, labels] of [...agent.figures, ...authority.figures]) {
            assert.match(name, /^flashseal_[a-z0-9_]+$/);
            assert.ok(labels.size <= 3, name);
            for (const [label, values] of labels) {
              const allowed = [
                "station",
                "outcome",
                "cause",
                "phase",
                "product",
                "state",
                "route",
                "status",
                "le",
              ];
              assert.ok(
                [...allowed, "event", "alarm", "order", "standing"].includes(label),
                `${name}{${label}}`,
              );
              assert.ok(values.size <= 64, `${name}{${label}} has ${values.size} values`);
            }
          }
          const ids = site.ended.flatMap(({ uid, ticketId }) => [uid!, ticketId!]);
          for (const id of ids) assert.ok(!told.agent.includes(id) && !told.authority.includes(id));
        },
      );
      await t.step("the public port tells no figures", async () => {
        assert.equal((await httpsGet(`${site.origin}/metrics`)).status, 404);
        assert.equal((await fetch(authorityUrl.replace("/metrics", "/"))).status, 404);
        assert.equal((await fetch(authorityUrl, { method: "POST" })).status, 404);
      });
      await t.step(
        "the manager heard of each: READY, WATCHDOG again and again while it works, STOPPING at its end",
        async () => {
          const count = (by: keyof typeof managers, text: string) =>
            managers[by].told.filter((line) => line === text).length;
          for (const by of ["authority", "agent"] as const) {
            const before = count(by, "WATCHDOG=1");
            const goesOn = () => count(by, "READY=1") === 1 && count(by, "WATCHDOG=1") >= before + 3;
            await until(goesOn, WITHIN_MS, `READY and WATCHDOG of the ${by}`);
          }
          lines.push(...site.authority!.lines, ...site.agent!.lines);
          assert.equal(await site.agent!.stop(), 0);
          assert.equal(await site.authority!.stop(), 0);
          for (const by of ["authority", "agent"] as const) {
            await until(() => count(by, "STOPPING=1") === 1, WITHIN_MS, `STOPPING of the ${by}`);
          }
        },
      );
      await t.step(
        "each line of the logs is one event with its delivery, and no line, figure or file tells a secret",
        () => {
          // What is no event is what the server tells whoever starts it, and nobody else has written between.
          const others = lines.filter((line) => !line.startsWith("{"));
          assert.deepEqual(others.filter((line) => !/^(listening|figures|owner's page) /.test(line)), []);
          const logged = lines.filter((line) => line.startsWith('{"time":')).map((line) => JSON.parse(line));
          const { delivery, station, ticketId, uid } = site.ended[0]!;
          const ended = logged.find(({ event, outcome }) => event === "ended" && outcome === "delivered");
          assert.deepEqual([ended.level, ended.delivery, ended.station, ended.ticket, ended.uid], [
            ...["info", delivery, station, ticketId, uid],
          ]);
          assert.match(ended.appliance, /^[0-9a-f]{16}$/);
          const message1 = logged.find(({ path }) => path?.endsWith("/message1"));
          assert.deepEqual([message1.ticket, message1.appliance, message1.status], [
            ticketId,
            ended.appliance,
            200,
          ]);
          assert.ok(
            logged.some(({ event, level, code }) =>
              event === "waiting" && level === "warning" && code === "authority-quota-spent"
            ),
          );
          assert.ok(
            logged.every(({ time, level, event }) => time.endsWith("Z") && level !== "debug" && event !== ""),
          );
          const everything = `${lines.join("\n")}${told.agent}${told.authority}`;
          for (const [name, secret] of secrets) assert.ok(!everything.includes(secret), name);
        },
      );
    } finally {
      await Promise.all([managers.authority.stop(), managers.agent.stop()]);
      await site.close();
    }
  },
});

/** What this deployment has not caused: lent units, barred appliances, faults. Their names are declared all the same. */
function expected(): [string, Map<string, Set<string>>][] {
  return [
    ["flashseal_requests_total", new Map([["route", new Set()], ["status", new Set(["5xx"])]])],
    ["flashseal_offline_tickets_left", new Map([["product", new Set()]])],
    ["flashseal_offline_end_timestamp_seconds", new Map([["product", new Set()]])],
    ["flashseal_sync_refusals_total", new Map([["cause", new Set()]])],
  ];
}
