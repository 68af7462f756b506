/**
 * What ends when: orders, leases, standings of appliances, enrolment codes, the channel's certificate, API keys.
 *
 * @module
 */

import { fill, formatDuration } from "../api/mod.ts";
import { type Office, outdatedNow } from "../issuance/mod.ts";
import {
  findAppliance,
  listApiKeys,
  listAppliances,
  listEnrolments,
  listOpenLeases,
  listOrders,
  listUnaccountedLeases,
} from "../store/mod.ts";
import { ActLink, Cell, Instant, Table, type View } from "./view.tsx";

interface Ending {
  readonly what: string;
  readonly href?: string;
  /** Milliseconds since 1970; null: it has no end. */
  readonly atMs: number | null;
  readonly then: string;
  readonly act?: { readonly name: string; readonly fields: Readonly<Record<string, string>> };
}

interface Part {
  readonly office: Office;
  readonly view: View;
}

const SHOWN_MOST = 300;

/** Returns the content of the page. `channelEndsMs`: when the channel's certificate ends. */
export function DatesPage(
  { office, view, channelEndsMs }: Part & { readonly channelEndsMs: number | undefined },
) {
  const { t } = view;
  const part = { office, view };
  const channel: readonly Ending[] = channelEndsMs === undefined
    ? []
    : [{ what: t.channel, atMs: channelEndsMs, then: t.channelSays }];
  const endings = [
    ...channel,
    ...ordersOf(part),
    ...leasesOf(part),
    ...leasesGone(part),
    ...appliancesOf(part),
    ...codesOf(part),
    ...keysOf(part),
  ].sort((a, b) => (a.atMs ?? Infinity) - (b.atMs ?? Infinity));
  return (
    <>
      <h1>{t.dates}</h1>
      <section class="card">
        <p class="small">{t.datesSays}</p>
        <Table heads={[t.what, t.ends, t.endsWhat]}>
          {endings.slice(0, SHOWN_MOST).map((ending) => (
            <EndingRow key={ending.what} view={view} ending={ending} />
          ))}
        </Table>
      </section>
    </>
  );
}

function EndingRow({ view, ending }: { readonly view: View; readonly ending: Ending }) {
  const { t } = view;
  const { what, href, atMs, then, act } = ending;
  return (
    <tr>
      <th scope="row">{href === undefined ? what : <a href={href}>{what}</a>}</th>
      <Cell head={t.ends}>
        {atMs === null ? t.noEnd : (
          <>
            <Instant view={view} atMs={atMs} /> (
            {atMs < view.nowMs ? <strong>{t.over}</strong> : formatDuration(atMs - view.nowMs)})
          </>
        )}
      </Cell>
      <Cell head={t.endsWhat}>
        {then}{" "}
        {act === undefined ? null : <ActLink view={view} act={act.name} fields={act.fields} text="giveUp" />}
      </Cell>
    </tr>
  );
}

function ordersOf({ office, view }: Part): readonly Ending[] {
  // What is used up or ended long ago interests nobody here.
  const since = view.nowMs - 30 * 86_400_000;
  return listOrders(office.db).filter(({ notAfterSeconds }) => notAfterSeconds * 1000 >= since).map((
    { order, name, notAfterSeconds },
  ) => ({
    what: `${view.t.order} ${name}`,
    href: `/console/orders/${order}`,
    atMs: notAfterSeconds * 1000,
    then: view.t.orderEndSays,
  }));
}

function leasesOf({ office, view }: Part): readonly Ending[] {
  return listOpenLeases(office.db, SHOWN_MOST).map(({ lease, appliance, order, open, notAfterSeconds }) => {
    const name = findAppliance(office.db, appliance)?.name ?? appliance;
    return {
      what: fill(view.t.leaseOf, { units: open, name }),
      href: `/console/orders/${order}`,
      atMs: notAfterSeconds * 1000,
      then: view.t.leaseEndSays,
      act: { name: "lease-give-up", fields: { lease } },
    };
  });
}

/** Given up, or unaccounted since a restore: until their end, devices can be made with them all the same. */
function leasesGone({ office, view }: Part): readonly Ending[] {
  return listUnaccountedLeases(office.db)
    .filter(({ notAfterSeconds }) => notAfterSeconds * 1000 >= view.nowMs)
    .map(({ appliance, order, unaccounted, restored, notAfterSeconds }) => ({
      what: fill(restored ? view.t.leaseRestored : view.t.leaseGivenUp, {
        units: unaccounted,
        name: findAppliance(office.db, appliance)?.name ?? appliance,
      }),
      href: `/console/orders/${order}`,
      atMs: notAfterSeconds * 1000,
      then: view.t.leaseGoneEndSays,
    }));
}

function appliancesOf({ office, view }: Part): readonly Ending[] {
  return listAppliances(office.db).filter(({ revokedAtMs, frozenAtMs }) =>
    revokedAtMs === null && frozenAtMs === null
  )
    .map((appliance) => ({
      what: fill(view.t.renewalOf, { name: appliance.name }),
      href: `/console/appliances/${appliance.appliance}`,
      atMs: appliance.heardAtMs + office.outdatedAfterMs,
      then: outdatedNow(office, appliance) ? view.t.outdated : view.t.renewalEndSays,
    }));
}

function codesOf({ office, view }: Part): readonly Ending[] {
  return listEnrolments(office.db, view.nowMs).filter(({ used }) => used === undefined).map((
    { name, expiresMs },
  ) => ({ what: fill(view.t.codeOf, { name }), atMs: expiresMs, then: view.t.codeEndSays }));
}

function keysOf({ office, view }: Part): readonly Ending[] {
  return listApiKeys(office.db).filter(({ revokedMs }) => revokedMs === null).map(({ name, createdMs }) => ({
    what: fill(view.t.keyOf, { name }),
    atMs: null,
    then: fill(view.t.keyEndSays, { at: new Date(createdMs).toISOString().slice(0, 10) }),
  }));
}
