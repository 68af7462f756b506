/**
 * Devices: search by UID, and all of them in pages.
 *
 * @module
 */

import type { DeviceReply } from "../api/mod.ts";
import { devicePage, type Office, writeCursor } from "../issuance/mod.ts";
import {
  findAppliance,
  findByEnd,
  findByPrefix,
  findDevice,
  findOrder,
  listProducts,
  type UnitKey,
} from "../store/mod.ts";
import { Cell, Instant, Table, type View } from "./view.tsx";

interface Part {
  readonly office: Office;
  readonly view: View;
}

const PAGE_DEVICES = 50;

/** Returns the chips whose UID begins or ends with `part`, of every family that a product is for: a tile shows the end. */
export function searchDevices(office: Office, part: string): readonly UnitKey[] {
  const families = [...new Set(listProducts(office.db).map(({ family }) => family))];
  const found = families.flatMap((family) => [
    ...findByPrefix(office.db, family, part, PAGE_DEVICES),
    ...findByEnd(office.db, family, part, PAGE_DEVICES),
  ]);
  const once = new Map(found.map((key) => [`${key.family}-${key.uid}`, key]));
  return [...once.values()].slice(0, PAGE_DEVICES);
}

/** Returns the content of the page: `search` what was looked for and found, else the page after `after`. */
export function DevicesPage(
  { office, view, search, after }: Part & {
    readonly search: { readonly uid: string; readonly found: readonly UnitKey[] } | undefined;
    readonly after: UnitKey | undefined;
  },
) {
  const { t } = view;
  return (
    <>
      <h1>{t.devices}</h1>
      <search>
        <form method="get" action="/console/devices" class="card find">
          <label>
            <span>{t.uidHint}</span>
            <input
              name="uid"
              type="search"
              value={search?.uid}
              minlength={4}
              maxlength={24}
              pattern="[0-9a-fA-F]{4,24}"
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              required
            />
          </label>
          <button type="submit">{t.find}</button>
        </form>
      </search>
      {search === undefined
        ? <AllDevices office={office} view={view} after={after} />
        : (
          <section class="card">
            {search.found.length === 0 ? <p class="empty">{t.noDevice}</p> : (
              <DeviceTable
                office={office}
                view={view}
                devices={search.found.map((key) => findDevice(office.db, key) ?? key)}
              />
            )}
          </section>
        )}
    </>
  );
}

function AllDevices({ office, view, after }: Part & { readonly after: UnitKey | undefined }) {
  const { t } = view;
  const { devices, next } = devicePage(office, after, PAGE_DEVICES);
  return (
    <section class="card">
      {devices.length === 0 ? <p class="empty">{t.noDevices}</p> : (
        <>
          <DeviceTable office={office} view={view} devices={devices} />
          <p class="row">
            {after === undefined ? null : <a class="button" href="/console/devices">{t.first}</a>}
            {next === null
              ? null
              : <a class="button" href={`/console/devices?after=${writeCursor(devices.at(-1)!)}`}>{t.more}
              </a>}
            <a class="button" href="/console/devices.csv" download>{t.csv}</a>
          </p>
        </>
      )}
    </section>
  );
}

function DeviceTable(
  { office, view, devices }: Part & { readonly devices: readonly (DeviceReply | UnitKey)[] },
) {
  const { t } = view;
  return (
    <Table heads={["UID", t.state, t.order, t.appliance, t.changed]}>
      {devices.map((device) => (
        <tr>
          <th scope="row">
            <a href={`/console/devices/${device.family}/${device.uid}`}>
              <code>{device.uid}</code>
            </a>
          </th>
          {"state" in device
            ? (
              <>
                <Cell head={t.state}>{view.unit[device.state]}</Cell>
                <Cell head={t.order}>{findOrder(office.db, device.order)?.name ?? device.order}</Cell>
                <Cell head={t.appliance}>
                  {findAppliance(office.db, device.appliance)?.name ?? device.appliance}
                </Cell>
                <Cell head={t.changed}>
                  <Instant view={view} atMs={device.changedAtMs} />
                </Cell>
              </>
            )
            : <td colspan={4}>{t.none}</td>}
        </tr>
      ))}
    </Table>
  );
}
