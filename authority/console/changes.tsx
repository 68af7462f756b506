/**
 * Changes of an order at each appliance: since when it is known to know one, by its own signed word (P-78), and what it may make
 * until then; and what is lent of the order.
 *
 * @module
 */

// deno-lint-ignore-file jsx-key -- drawn once, on the server: a key would only become an attribute

import { type ApplianceReply, fill, type OrderReply } from "../api/mod.ts";
import type { Office } from "../issuance/mod.ts";
import { type Changed, knowledgeOf, listAllowances, listAppliances, listChanges } from "../store/mod.ts";
import { Cell, count, Instant, Table, type View } from "./view.tsx";
import { changeText } from "./words_events.ts";
import { LentHere, outsideOfAppliance, unitsOutside } from "./worst_case.tsx";

const CHANGES_MOST = 5;

interface Part {
  readonly office: Office;
  readonly view: View;
  readonly order: OrderReply;
}

/** The newest changes of an order: the newest in sight, those before it folded. */
export function Changes({ office, view, order }: Part) {
  const { t } = view;
  const [newest, ...earlier] = listChanges(office.db, { order: order.order }, CHANGES_MOST);
  return (
    <section class="card">
      <h2>{t.perAppliance}</h2>
      <p class="small">{t.perApplianceSays}</p>
      {newest === undefined
        ? <p class="empty">{t.noChange}</p>
        : <Change office={office} view={view} order={order} change={newest} />}
      {earlier.length === 0 ? null : (
        <details>
          <summary>{fill(t.earlierChanges, { changes: earlier.length })}</summary>
          {earlier.map((change) => <Change office={office} view={view} order={order} change={change} />)}
        </details>
      )}
    </section>
  );
}

interface One extends Part {
  readonly change: Changed;
}

function Change({ office, view, order, change }: One) {
  const { t } = view;
  const concerned = listAppliances(office.db).filter((appliance) => isConcerned(appliance, order, change));
  return (
    <>
      <h3>
        {changeText(change.change, view.language)} · <Instant view={view} atMs={change.atMs} />
      </h3>
      {concerned.length === 0
        ? <p class="empty">{t.noneConcerned}</p>
        : (
          <Table heads={[t.appliance, t.knownThere]}>
            {concerned.map((appliance) => (
              <tr>
                <th scope="row">
                  <a href={`/console/appliances/${appliance.appliance}`}>{appliance.name}</a>
                </th>
                <Cell head={t.knownThere}>
                  <Known
                    office={office}
                    view={view}
                    change={change}
                    appliance={appliance}
                    held={heldOf(office, appliance, order)}
                  />
                </Cell>
              </tr>
            ))}
          </Table>
        )}
    </>
  );
}

function heldOf(office: Office, appliance: ApplianceReply, { order }: OrderReply): number {
  return unitsOutside(outsideOfAppliance(office, appliance, order));
}

/** One that was enrolled later has never known it otherwise; a revoked one is told nothing. */
function isConcerned(
  { products, enrolledAtMs, revokedAtMs }: ApplianceReply,
  { product }: OrderReply,
  { atMs }: Changed,
): boolean {
  return (products.length === 0 || products.includes(product)) && enrolledAtMs <= atMs &&
    (revokedAtMs === null || revokedAtMs > atMs);
}

/** Changes that end the use of what is lent as soon as an appliance knows of them; no other does. */
const ENDS_LENT: ReadonlySet<string> = new Set(["freeze", "stop"]);

function Known(
  { office, view, change, appliance, held }: {
    readonly office: Office;
    readonly view: View;
    readonly change: Changed;
    readonly appliance: ApplianceReply;
    /** Units that it may use while it does not know. */
    readonly held: number;
  },
) {
  const { t } = view;
  const known = knowledgeOf(office.db, appliance.appliance, change.number);
  if (known.knownSinceMs !== null) return <Instant view={view} atMs={known.knownSinceMs} />;
  // An appliance that was never heard of since would not have said it either: that is no matter of its program.
  const isSilent = !known.says && (appliance.lastSeenAtMs ?? 0) > change.atMs;
  if (!ENDS_LENT.has(change.change)) return <strong>{isSilent ? t.notToldEver : t.notHeardYet}</strong>;
  const text = isSilent ? (held > 0 ? t.notToldMay : t.notTold) : (held > 0 ? t.notHeardMay : t.notHeard);
  return <strong>{fill(text, { units: count(held) })}</strong>;
}

/** The newest stop or resumption of an appliance, and since when it knows of it. */
export function Stops(
  { office, view, appliance }: Omit<Part, "order"> & { readonly appliance: ApplianceReply },
) {
  const { t } = view;
  const [newest] = listChanges(office.db, { appliance: appliance.appliance }, 1);
  if (newest === undefined || appliance.revokedAtMs !== null) return null;
  const held = newest.change === "stop" ? unitsOutside(outsideOfAppliance(office, appliance)) : 0;
  return (
    <section class="card">
      <dl>
        <dt>{changeText(newest.change, view.language)}</dt>
        <dd>
          <Instant view={view} atMs={newest.atMs} />
        </dd>
        <dt>{t.knownThere}</dt>
        <dd>
          <Known office={office} view={view} change={newest} appliance={appliance} held={held} />
        </dd>
      </dl>
    </section>
  );
}

/** What may be lent of an order to each appliance, what is, and since when no more is than may be. */
export function LentNow({ office, view, order }: Part) {
  const { t } = view;
  const known = new Map(listAppliances(office.db).map((appliance) => [appliance.appliance, appliance]));
  const unaccountedAt = (appliance: ApplianceReply | undefined) =>
    appliance === undefined ? 0 : outsideOfAppliance(office, appliance, order.order).unaccounted;
  const allowances = listAllowances(office.db, order.order);
  if (allowances.length === 0) return null;
  return (
    <section class="card">
      <h2>{t.offlineWork}</h2>
      <Table heads={[t.appliance, t.mayBeLent, t.lentNow, t.allowanceEffective]}>
        {allowances.map(({ appliance, units, open, effectiveAtMs }) => (
          <tr>
            <th scope="row">
              <a href={`/console/appliances/${appliance}`}>{known.get(appliance)?.name ?? appliance}</a>
            </th>
            <Cell head={t.mayBeLent} number>{count(units)}</Cell>
            <Cell head={t.lentNow} number>
              <LentHere view={view} open={open} unaccounted={unaccountedAt(known.get(appliance))} />
            </Cell>
            <Cell head={t.allowanceEffective}>
              {effectiveAtMs === null
                ? <strong>{fill(t.notYetLent, { open })}</strong>
                : <Instant view={view} atMs={effectiveAtMs} />}
            </Cell>
          </tr>
        ))}
      </Table>
    </section>
  );
}
