/**
 * One device's whole life: how it stands, everything that was signed or given for it, what people decided, its proofs.
 *
 * @module
 */

import { type DeviceRecordReply, fill } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import {
  findAppliance,
  findOrder,
  findProduct,
  listLogOfUid,
  listReceiptsOf,
  type UnitKey,
} from "../store/mod.ts";
import { LogTable } from "./log_table.tsx";
import { ActLink, Cell, Instant, Table, type View } from "./view.tsx";

interface Part {
  readonly office: Office;
  readonly view: View;
  readonly uidKey: UnitKey;
  readonly record: DeviceRecordReply;
}

const LIFE_MOST = 200;

/** Returns the content of a device's page. */
export function DevicePage(part: Part) {
  const { view, uidKey, record } = part;
  const { t } = view;
  const entries = listLogOfUid(part.office.db, uidKey.uid, LIFE_MOST);
  return (
    <>
      <h1>
        {t.device} <code>{uidKey.uid}</code>
        {record.denied ? <span class="tag tag-awaiting">! {t.denied}</span> : null}
      </h1>
      <Facts {...part} />
      <Proofs {...part} />
      <Given {...part} />
      <section class="card">
        <h2>{t.life}</h2>
        <p class="small">
          {t.lifeSays} {entries.length < LIFE_MOST ? "" : fill(t.lifeCut, { count: LIFE_MOST })}
        </p>
        <LogTable office={part.office} view={view} entries={entries} />
      </section>
      <Decisions {...part} />
    </>
  );
}

function Facts({ office, view, record }: Part) {
  const { t } = view;
  const { device } = record;
  if (device === null) {
    return (
      <section class="card">
        <p class="empty">{t.none}</p>
      </section>
    );
  }
  const order = findOrder(office.db, device.order);
  return (
    <section class="card">
      <dl>
        <dt>{t.state}</dt>
        <dd>
          <strong>{view.unit[device.state]}</strong> · <Instant view={view} atMs={device.changedAtMs} />
        </dd>
        <dt>{t.order}</dt>
        <dd>
          <a href={`/console/orders/${device.order}`}>{order?.name ?? device.order}</a>
        </dd>
        <dt>{t.product}</dt>
        <dd>
          {findProduct(office.db, device.product)?.name ?? device.product} · {device.version}
        </dd>
        <dt>{t.appliance}</dt>
        <dd>
          <a href={`/console/appliances/${device.appliance}`}>
            {findAppliance(office.db, device.appliance)?.name ?? device.appliance}
          </a>{" "}
          · {t.station} {device.station}
        </dd>
        <dt>{t.serial}</dt>
        <dd>
          {device.serial ?? t.none}
          {device.lease === null ? "" : ` · ${t.byAppliance}`}
        </dd>
        <dt>{t.messages2}</dt>
        <dd>{fill(t.ofLimit, { count: device.message2Count, limit: order?.message2Limit ?? "?" })}</dd>
        <dt>{t.reworks}</dt>
        <dd>{device.reworks}</dd>
      </dl>
    </section>
  );
}

/** The commands that work with the two files, by the names that they are downloaded by. */
function commandsOf(uid: string, certificateKey: string | undefined): readonly string[] {
  const record = `flashseal-device-${uid}.json`;
  const trust = "--trust flashseal-trust.json";
  return [
    ...(certificateKey === undefined
      ? []
      : [`flashseal verify certificate ${record} --key ${certificateKey} --uid ${uid}`]),
    `flashseal verify ticket ${record} ${trust}`,
    `flashseal verify receipt ${record} ${trust}`,
  ];
}

function Proofs({ office, view, uidKey, record }: Part) {
  const { t } = view;
  if (record.certificate === null && record.tickets.length === 0) return null;
  const product = record.device === null ? undefined : findProduct(office.db, record.device.product);
  return (
    <section class="card">
      <h2>{t.proofs}</h2>
      <p class="small">{t.proofsSays}</p>
      <p class="row">
        <a class="button" href={`/console/devices/${uidKey.family}/${uidKey.uid}/proofs.json`} download>
          {t.downloadRecord}
        </a>
        <a class="button" href="/v1/trust" download="flashseal-trust.json">{t.downloadTrust}</a>
      </p>
      <pre>
        {commandsOf(uidKey.uid, product?.certificatePublicKey).map((command) => (
          <code>{`${command}\n`}</code>
        ))}
      </pre>
      <dl>
        <dt>{t.certificate}</dt>
        <dd>
          {record.certificate === null ? t.none : record.certificateRevoked ? t.revoked : t.validWord}
        </dd>
        {product === undefined ? null : <dt>{t.certificateKey}</dt>}
        {product === undefined ? null : (
          <dd>
            <code>{product.certificatePublicKey}</code>
          </dd>
        )}
      </dl>
    </section>
  );
}

function Given({ office, view, uidKey, record }: Part) {
  const { t } = view;
  const receipts = new Map(listReceiptsOf(office.db, uidKey).map((receipt) => [receipt.ticketId, receipt]));
  if (record.tickets.length + record.offline.length === 0) return null;
  return (
    <section class="card">
      <h2>{t.tickets}</h2>
      <Table heads={[t.tickets, t.when, t.messages2, t.receipts]}>
        {record.tickets.map(({ ticketId, createdAtMs, closed, message2AtMs }) => {
          const receipt = receipts.get(ticketId);
          return (
            <tr>
              <th scope="row">
                <code>{ticketId.slice(0, 8)}…</code> {closed ? t.closed : t.open}
              </th>
              <Cell head={t.when}>
                <Instant view={view} atMs={createdAtMs} />
              </Cell>
              <Cell head={t.messages2}>
                {message2AtMs.length === 0 ? t.none : message2AtMs.map((atMs) => (
                  <span class="fact">
                    <Instant view={view} atMs={atMs} />
                  </span>
                ))}
              </Cell>
              <Cell head={t.receipts}>
                {receipt === undefined ? t.none : (
                  <>
                    <Instant view={view} atMs={receipt.atMs} /> {t.byAuthority}
                  </>
                )}
              </Cell>
            </tr>
          );
        })}
        {record.offline.map(({ lease, message2Count, receipt, doubled }) => (
          <tr>
            <th scope="row">
              {view.unit.leased} <code>{lease.slice(0, 8)}…</code>
            </th>
            <Cell head={t.when}>{doubled ? <strong>{t.doubled}</strong> : ""}</Cell>
            <Cell head={t.messages2}>{message2Count}</Cell>
            <Cell head={t.receipts}>
              {receipt === null ? t.none : (
                <>
                  <Instant view={view} atMs={receipt.reportedAtMs} /> {t.byAppliance}
                </>
              )}
            </Cell>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Decisions({ view, uidKey, record }: Part) {
  const fields = { family: `${uidKey.family}`, uid: uidKey.uid };
  const state = record.device?.state;
  return (
    <section class="card acts">
      <h2>{view.t.change}</h2>
      <p class="small">{view.t.changeSays}</p>
      <p class="row">
        {record.denied
          ? <ActLink view={view} act="device-allow" fields={fields} text="allow" />
          : <ActLink view={view} act="device-deny" fields={fields} text="deny" />}
        {state === "keyed" ? <ActLink view={view} act="device-lost" fields={fields} text="bookLost" /> : null}
        {state === "lost"
          ? <ActLink view={view} act="device-recredit" fields={fields} text="recredit" />
          : null}
        {state === "committed"
          ? <ActLink view={view} act="device-rework" fields={fields} text="makeAnew" />
          : null}
      </p>
    </section>
  );
}
