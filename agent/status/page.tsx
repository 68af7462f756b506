/**
 * The status page, rendered on the server: every station, what it does, and what a person should do about it. Loads
 * nothing from elsewhere and runs no script.
 *
 * @module
 */
import type { OfflineView, StationStatus, StatusSnapshot } from "./snapshot.ts";

const STYLE = `
body { font: 16px/1.4 system-ui, sans-serif; margin: 2rem; color: #1b1b1b; background: #fff }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .5rem .75rem; border-bottom: 1px solid #ccc; vertical-align: top }
.delivered { color: #0a6b2d } .refused { color: #8a5a00 } .failed { color: #a3131b } .waiting { color: #8a5a00 }
code { font-size: .9em }
`;

const STATES = { empty: "empty", working: "programming", waiting: "waiting", done: "done" } as const;

/** Returns the page as it is now; a browser fetches it again every two seconds. */
export function StatusPage({ status }: { readonly status: StatusSnapshot }) {
  const { counts } = status;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="refresh" content="2" />
        <meta name="viewport" content="width=device-width" />
        <title>{status.name} - Flashseal</title>
        <style>{STYLE}</style>
      </head>
      <body>
        <h1>{status.name}</h1>
        <p>
          {counts.delivered} delivered, {counts.refused} refused, {counts.failed} failed
          {counts.unreported === 0 ? "" : `, ${counts.unreported} not reported yet`}
        </p>
        {status.standing == null ? null : (
          <p class="failed">
            {status.standing.says}. {status.standing.remedy}
          </p>
        )}
        {status.offline === undefined ? null : <Offline offline={status.offline} />}
        <table>
          <thead>
            <tr>
              <th scope="col">Station</th>
              <th scope="col">State</th>
              <th scope="col">Chip</th>
              <th scope="col">What to know</th>
            </tr>
          </thead>
          <tbody>{status.stations.map((station) => <Row key={station.station} station={station} />)}</tbody>
        </table>
        <p>
          Owner's server: <code>{status.origin}</code>, appliance <code>{status.appliance}</code>
        </p>
      </body>
    </html>
  );
}

/** Whether the owner's server answers and, where units were lent, how many devices can be made without it. */
function Offline({ offline }: { readonly offline: OfflineView }) {
  const { reachable, left, unreported, vault, contact } = offline;
  const away = reachable === false;
  const answered = contact.ageMs === null
    ? "It has never answered"
    : `It answered last ${Math.round(contact.ageMs / 1000)} s ago`;
  const tickets = left.reduce((sum, product) => sum + product.tickets, 0);
  return (
    <>
      {away ? <p class="waiting">The owner's server cannot be reached. {answered}</p> : null}
      {left.length === 0 ? null : (
        <p>
          Offline allowance: {tickets} {tickets === 1 ? "device" : "devices"} left, {unreported}{" "}
          not reported yet. Vault <code>{vault.kind}</code>: {vault.promise}. {vault.says}
        </p>
      )}
    </>
  );
}

function Row({ station }: { readonly station: StationStatus }) {
  const { state, phase, progress, last, mode } = station;
  const outcome = state === "done" ? last?.outcome ?? "" : state;
  const doing = state === "working"
    ? `${STATES.working}: ${phase}`
    : state === "done"
    ? outcome
    : STATES[state];
  return (
    <tr>
      <th scope="row">{station.station}</th>
      <td class={outcome}>
        {doing}
        {progress === null ? "" : ` (${progress.done} of ${progress.total})`}
        {mode === "offline" ? ", offline allowance" : ""}
      </td>
      <td>
        <code>{station.uid ?? ""}</code> {station.chip ?? ""}
      </td>
      <td>
        {station.says ?? ""}
        {station.remedy === null ? "" : `. ${station.remedy}`}
      </td>
    </tr>
  );
}
