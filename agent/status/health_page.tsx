/**
 * How the appliance is: vault, disk, clock, keys and when they end, and the record.
 *
 * @module
 */
import { fill, formatDuration, runningText } from "../../authority/api/mod.ts";
import { formatBytes } from "./formats.ts";
import type { Page } from "./frame.tsx";
import type { OfflineView } from "./snapshot.ts";
import type { Health } from "./source.ts";
import type { View } from "./view.ts";

/** Returns the page of the appliance's health. */
export function healthPage(view: View): Page {
  return { title: view.words.health, isLive: true, main: <HealthFacts view={view} /> };
}

function HealthFacts({ view }: { readonly view: View }) {
  const { words, status, source } = view;
  const health = source.health();
  const { disk, record } = health;
  const vault = status.offline?.vault;
  return (
    <>
      <h1>{words.health}</h1>
      <dl class="facts">
        <dt>{words.appliance}</dt>
        <dd>
          {status.name} <code>{status.appliance}</code>
        </dd>
        <dt>{words.server}</dt>
        <dd>
          <code>{status.origin}</code>
        </dd>
        <dt>{words.vault}</dt>
        <dd>
          {vault === undefined ? words.notTold : <VaultText view={view} vault={vault} />}
        </dd>
        <dt>{words.disk}</dt>
        <dd>
          {disk === null ? words.notTold : fill(words.diskSays, {
            free: formatBytes(disk.freeBytes),
            total: formatBytes(disk.sizeBytes),
          })}
        </dd>
        <dt>{words.clock}</dt>
        <dd>{clockText(view, health)}</dd>
        <dt>{words.chain}</dt>
        <dd>{fill(words.chainSays, { count: record.count, head: record.head.slice(0, 16) })}</dd>
      </dl>
      <h2>{words.keys}</h2>
      <Keys view={view} health={health} />
    </>
  );
}

function Keys({ view, health }: { readonly view: View; readonly health: Health }) {
  const { words, status, instant } = view;
  const { serial, epoch, issuedSeconds, announcesNext } = health.keySet;
  return (
    <dl class="facts">
      <dt>{words.ownersKeys}</dt>
      <dd>
        {fill(words.ownersKeysSay, { serial, epoch, time: instant(1000 * issuedSeconds) })}; {words.keysNoEnd}
        {announcesNext ? `; ${words.keysNext}` : ""}
      </dd>
      <dt>{words.identity}</dt>
      <dd>{words.identityEnds}</dd>
      <dt>{words.sixWords}</dt>
      <dd>
        <strong data-verbatim>{health.sixWords}</strong> ({words.sixWordsSay})
      </dd>
      {(status.offline?.leases ?? []).map(({ lease, free, notAfterSeconds }) => (
        <>
          <dt>
            {words.lease} <code>{lease.slice(0, 8)}</code>
          </dt>
          <dd>
            {fill(words.leaseSays, { free })},{" "}
            {fill(words.untilTime, { time: instant(1000 * notAfterSeconds) })}
          </dd>
        </>
      ))}
    </dl>
  );
}

function clockText({ words }: View, { clockAheadSeconds }: Health): string {
  if (clockAheadSeconds === null) return words.clockUnknown;
  // A signed time is a whole second that was right when the answer left.
  if (Math.abs(clockAheadSeconds) <= 2) return words.clockSame;
  const time = formatDuration(1000 * Math.abs(clockAheadSeconds));
  return fill(clockAheadSeconds > 0 ? words.clockAhead : words.clockBehind, { time });
}

/** What people have to know of the vault; of a kind that has no words here, what the snapshot says. */
function VaultText({ view, vault }: { readonly view: View; readonly vault: OfflineView["vault"] }) {
  const { words } = view;
  if (vault.kind !== "file") {
    return (
      <span lang="en">
        <code>{vault.kind}</code>: {vault.promise}. {vault.says}
      </span>
    );
  }
  return (
    <span>
      <code>{vault.kind}</code>: {runningText(view.language, words.vaultFilePromise, words.vaultFileSays)}
    </span>
  );
}
