/**
 * Appliances: when each was heard of, hour by hour; what is lent to it; how it stands and what a person may decide.
 *
 * @module
 */

import { type ApplianceReply, enrolmentWords, fill } from "../api/mod.ts";
import { type Office, outdatedNow } from "../issuance/mod.ts";
import { findOrder, findProduct, listAllowancesOf, listAppliances, listContactHours } from "../store/mod.ts";
import { standingOf } from "./acts_people.ts";
import { Stops } from "./changes.tsx";
import { ContactStrip } from "./pictures.tsx";
import { ActLink, Ago, Cell, count, Instant, Table, type View } from "./view.tsx";
import { LentHere, outsideOfAppliance, WorstCase } from "./worst_case.tsx";

interface Part {
  readonly office: Office;
  readonly view: View;
}

const HOUR_MS = 3_600_000;
const PAGE_APPLIANCES = 50;

/** Returns the content of the list; `page` counts from 0. */
export function AppliancesPage({ office, view, page }: Part & { readonly page: number }) {
  const { t } = view;
  const all = [...listAppliances(office.db)].sort((a, b) =>
    Number(a.revokedAtMs !== null) - Number(b.revokedAtMs !== null)
  );
  const shown = all.slice(page * PAGE_APPLIANCES, (page + 1) * PAGE_APPLIANCES);
  return (
    <>
      <h1>{t.appliances}</h1>
      {page > 0 && shown.length === 0 ? <p class="empty">{t.nothingHere}</p> : null}
      {all.length === 0 ? <p class="empty">{t.noAppliances}</p> : null}
      {shown.map((appliance) => (
        <section class="card">
          <h2>
            <a href={`/console/appliances/${appliance.appliance}`}>{appliance.name}</a>
            <Standing office={office} view={view} appliance={appliance} />
          </h2>
          <Contact office={office} view={view} appliance={appliance} />
          <p>
            <strong>{t.lentNow}</strong> <Held office={office} view={view} appliance={appliance} />
          </p>
        </section>
      ))}
      {(page + 1) * PAGE_APPLIANCES >= all.length
        ? null
        : <a class="button" href={`/console/appliances?page=${page + 1}`}>{t.more}</a>}
    </>
  );
}

interface One extends Part {
  readonly appliance: ApplianceReply;
}

function Held({ office, view, appliance }: One) {
  const { lent, unaccounted } = outsideOfAppliance(office, appliance);
  return <LentHere view={view} open={lent} unaccounted={unaccounted} />;
}

function Contact({ office, view, appliance }: One) {
  const { t } = view;
  const nowHour = Math.floor(view.nowMs / HOUR_MS);
  const { lastSeenAtMs } = appliance;
  return (
    <>
      <p>
        <strong>{t.lastContact}</strong> {lastSeenAtMs === null ? t.never : (
          <>
            <Ago view={view} atMs={lastSeenAtMs} /> · <Instant view={view} atMs={lastSeenAtMs} />
          </>
        )}
      </p>
      <ContactStrip
        view={view}
        hours={listContactHours(office.db, appliance.appliance, nowHour - 23)}
        nowHour={nowHour}
        sinceHour={Math.floor(appliance.enrolledAtMs / HOUR_MS)}
      />
    </>
  );
}

/** How an appliance stands, as a word and a colour. */
export function Standing({ office, view, appliance }: One) {
  const standing = standingOf(appliance, outdatedNow(office, appliance));
  const kind = standing === "inOrder" ? "open" : standing === "revoked" ? "ended" : "awaiting";
  const sign = kind === "open" ? "●" : kind === "ended" ? "■" : "!";
  return (
    <span class={`tag tag-${kind}`}>
      <span aria-hidden="true">{sign}</span> {view.t[standing]}
    </span>
  );
}

/** Returns the content of one appliance's page. */
export function AppliancePage({ office, view, appliance }: One) {
  const { t } = view;
  return (
    <>
      <h1>
        {appliance.name} <Standing office={office} view={view} appliance={appliance} />
      </h1>
      <Frozen view={view} appliance={appliance} />
      <Stops office={office} view={view} appliance={appliance} />
      <section class="card">
        <h2>{t.contact24}</h2>
        <Contact office={office} view={view} appliance={appliance} />
      </section>
      <Lent office={office} view={view} appliance={appliance} />
      <Acts office={office} view={view} appliance={appliance} />
      <section class="card">
        <h2>{t.details}</h2>
        <dl>
          <dt>ID</dt>
          <dd>
            <code>{appliance.appliance}</code>
          </dd>
          <dt>{t.sixWords}</dt>
          <dd>
            <strong data-verbatim>
              {enrolmentWords(office.rootPublicKey, Uint8Array.fromHex(appliance.publicKey))}
            </strong>{" "}
            ({t.sixWordsSay})
          </dd>
          <dt>{t.publicKey}</dt>
          <dd>
            <code>{appliance.publicKey}</code>
          </dd>
          <dt>{t.enrolled}</dt>
          <dd>
            <Instant view={view} atMs={appliance.enrolledAtMs} />
          </dd>
          {appliance.revokedAtMs === null ? null : <dt>{t.revoked}</dt>}
          {appliance.revokedAtMs === null ? null : (
            <dd>
              <Instant view={view} atMs={appliance.revokedAtMs} />
            </dd>
          )}
          <dt>{t.programs}</dt>
          <dd>
            {appliance.products.length === 0
              ? t.everyProduct
              : appliance.products.map((id) => findProduct(office.db, id)?.name ?? id).join(", ")}
          </dd>
        </dl>
      </section>
    </>
  );
}

function Acts({ view, appliance }: One) {
  const { t } = view;
  const fields = { appliance: appliance.appliance };
  const decides = appliance.renewalAskedAtMs !== null || appliance.renewalDeclinedAtMs !== null;
  return (
    <section class="card acts">
      <h2>{t.change}</h2>
      <p class="small">{t.changeSays}</p>
      <p class="row">
        {decides ? <ActLink view={view} act="renewal-approve" fields={fields} text="approve" /> : null}
        {decides ? <ActLink view={view} act="renewal-decline" fields={fields} text="decline" /> : null}
        {appliance.revokedAtMs !== null
          ? null
          : appliance.stoppedAtMs === null
          ? <ActLink view={view} act="stop-appliance" fields={fields} text="stopIt" />
          : <ActLink view={view} act="appliance-resume" fields={fields} text="resume" />}
        {appliance.revokedAtMs === null
          ? <ActLink view={view} act="appliance-revoke" fields={fields} text="revoke" />
          : null}
      </p>
    </section>
  );
}

const REASONS = Object.freeze(
  { "put-back": "putBack", forked: "forked", contradiction: "contradiction" } as const,
);
const CHIPS_MOST = 200;

function Frozen({ view, appliance }: { readonly view: View; readonly appliance: ApplianceReply }) {
  const { t } = view;
  const { frozenAtMs, frozenBecause, frozenUids } = appliance;
  if (frozenAtMs === null) return null;
  const why = t[REASONS[frozenBecause ?? "contradiction"]];
  const [before = "", after = ""] = fill(t.frozenSays, { why }).split("{at}");
  return (
    <section class="card alarm">
      <p>
        {before}
        <Instant view={view} atMs={frozenAtMs} />
        {after}
      </p>
      {frozenUids.length === 0 ? null : (
        <details>
          <summary>{t.frozenChips} ({frozenUids.length})</summary>
          <ul class="plain">
            {frozenUids.slice(0, CHIPS_MOST).map((uid) => (
              <li>
                <a href={`/console/devices?uid=${uid}`}>
                  <code>{uid}</code>
                </a>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Lent({ office, view, appliance }: One) {
  const { t } = view;
  const lent = listAllowancesOf(office.db, appliance.appliance);
  return (
    <section class="card">
      <h2>{t.offlineWork}</h2>
      <WorstCase view={view} outside={outsideOfAppliance(office, appliance)} />
      {lent.length === 0 ? null : (
        <Table heads={[t.order, t.mayBeLent, t.lentNow]}>
          {lent.map(({ order, units, open }) => (
            <tr>
              <th scope="row">
                <a href={`/console/orders/${order}`}>{findOrder(office.db, order)?.name ?? order}</a>
              </th>
              <Cell head={t.mayBeLent} number>{count(units)}</Cell>
              <Cell head={t.lentNow} number>{count(open)}</Cell>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
