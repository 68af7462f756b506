/**
 * The reference's answers to lending: allowances, leases, reported uses, returns, leases that a person gives up. Like
 * `_reference.ts` it knows nothing of the product.
 *
 * @module
 */

import {
  type Expected,
  GRANTED,
  type Lease,
  type Lent,
  type Order,
  type Reference,
  type Unit,
  type Use,
} from "./_reference.ts";

/** One reported use; `receipt`: number and bytes, or null. */
export interface ReportedUse {
  readonly ticket: string;
  readonly uid: string;
  readonly state: Use["state"];
  readonly count: number;
  readonly receipt: string | null;
  readonly at: number;
}

/** An owner sets an allowance. */
export function setAllowance(
  day: Reference,
  order: Order,
  wanted: { readonly appliance: string; readonly units: number },
): Expected {
  const { appliance, units } = wanted;
  const terms = day.offline.get(order.product) ?? null;
  if (units > 0) {
    if (day.barred(appliance) !== undefined) return { code: "appliance-revoked" };
    if (!day.allowed(appliance, order.product)) return { code: "product-not-allowed" };
    if (terms === null) return { code: "offline-not-allowed" };
    if (units > terms.unitsMost) return { code: "allowance-too-large" };
  }
  day.allowances.set(`${order.name} ${appliance}`, units);
  return GRANTED;
}

/** A lease is asked for. Granted: the lease, an old one for the same request, or one whose ids have to be given. */
export function askLease(
  day: Reference,
  asked: {
    readonly appliance: string;
    readonly order: Order;
    readonly key: string;
    readonly T: readonly string[];
  },
): Expected & { readonly lease?: Lease } {
  const { appliance, order, key, T } = asked;
  const barred = day.barred(appliance);
  if (barred !== undefined) return barred;
  const request = `${appliance} ${order.name} ${T.join(" ")}`;
  const known = day.leases.find((lease) => lease.key === key);
  if (known !== undefined) {
    return known.request === request ? { ...GRANTED, lease: known } : { code: "lease-key-used" };
  }
  if (day.leases.some((lease) => T.some((one) => lease.request.split(" ").includes(one)))) {
    return { code: "lease-key-used" };
  }
  const terms = day.offline.get(order.product) ?? null;
  if (!day.allowed(appliance, order.product)) return { code: "product-not-allowed" };
  if (terms === null) return { code: "offline-not-allowed" };
  const shut = day.shut(order);
  if (shut !== undefined) return shut;
  const most = Math.min(day.allowance(order, appliance), terms.unitsMost);
  if (T.length > most - day.open(order, appliance)) return { code: "allowance-spent" };
  if (T.length > day.free(order)) return { code: "quota-spent" };
  const lease: Lease = { id: "", key, order, appliance, request, notAfter: day.leaseEnd(order), lent: [] };
  day.leases.push(lease);
  return { ...GRANTED, lease };
}

/** Gives a new lease the ids that the authority drew. */
export function nameLease(lease: Lease, id: string, tickets: readonly string[]): void {
  lease.id = id;
  lease.lent = tickets.map((ticket) => ({ id: ticket, lease, state: "leased", use: null }));
}

/** Uses are reported. */
export function takeUses(
  day: Reference,
  told: {
    readonly appliance: string;
    readonly lease: string;
    readonly uses: readonly ReportedUse[];
    readonly head: { readonly number: number; readonly hash: string };
  },
): Expected {
  const lease = leaseOf(day, told);
  if ("code" in lease) {
    if (lease.code === "appliance-frozen") nameFurther(day, told);
    return lease;
  }
  const appliance = day.appliance(told.appliance);
  const tickets = told.uses.map(({ ticket }) => lease.lent.find(({ id }) => id === ticket));
  if (tickets.includes(undefined) || new Set(tickets).size !== tickets.length) {
    return { code: "use-not-valid" };
  }
  const pairs = told.uses.map((use, index) => ({ use, lent: tickets[index] as Lent }));
  const contradicted = pairs.filter(({ use, lent }) => contradicts(lent, use));
  const headWas = appliance.heads.get(told.head.number);
  if (contradicted.length > 0 || (headWas !== undefined && headWas !== told.head.hash)) {
    const named = contradicted.length > 0 ? contradicted.flatMap(bothSides) : told.uses.map(({ uid }) => uid);
    return freeze(day, told.appliance, named);
  }
  appliance.heads.set(told.head.number, told.head.hash);
  const alarms = pairs.flatMap(({ use, lent }) =>
    (lent.use === null ? book(day, lent, use) : advance(day, lent.use, use))
      .map((alarm) => `${use.ticket} ${alarm}`)
  );
  return { ...GRANTED, says: { alarms } };
}

function leaseOf(day: Reference, told: { readonly appliance: string; readonly lease: string }) {
  const barred = day.barred(told.appliance);
  if (barred !== undefined) return barred;
  const lease = day.leases.find(({ id }) => id === told.lease);
  return lease === undefined || lease.appliance !== told.appliance ? { code: "lease-unknown" } : lease;
}

/** One lent ticket makes one device, once, with one receipt; what came back was closed before. */
function contradicts(lent: Lent, use: ReportedUse): boolean {
  if (lent.state === "returned") return true;
  if (lent.use === null) return false;
  if (lent.use.uid !== use.uid) return true;
  return lent.use.receipt !== null && use.receipt !== null && lent.use.receipt !== use.receipt;
}

/** A contradiction names both: the chip that is reported now, and the one that was reported before. */
function bothSides({ use, lent }: { readonly use: ReportedUse; readonly lent: Lent }): readonly string[] {
  return lent.use === null ? [use.uid] : [use.uid, lent.use.uid];
}

/** P-69: of a frozen appliance's own leases nothing is booked, but chips that are new or contradict are named, each by itself. */
function nameFurther(
  day: Reference,
  told: { readonly appliance: string; readonly lease: string; readonly uses: readonly ReportedUse[] },
): void {
  const lease = day.leases.find(({ id, appliance }) => id === told.lease && appliance === told.appliance);
  const pairs = told.uses.flatMap((use) =>
    (lease?.lent ?? []).filter(({ id }) => id === use.ticket).map((lent) => ({ use, lent }))
  );
  const named = pairs.filter(({ use, lent }) => lent.use === null || contradicts(lent, use)).flatMap(
    bothSides,
  );
  const { frozen } = day.appliance(told.appliance);
  freeze(day, told.appliance, [...(frozen ?? []), ...named]);
}

function freeze(day: Reference, appliance: string, uids: readonly string[]): Expected {
  day.appliance(appliance).frozen = [...new Set(uids)].sort();
  return { code: "appliance-frozen" };
}

/** The unit leaves the lease, once, and takes its chip where no other unit holds it. */
function book(day: Reference, lent: Lent, use: ReportedUse): readonly string[] {
  const holder = day.units.get(use.uid);
  const { order, appliance, notAfter } = lent.lease;
  const gives = holder?.state === "reserved" && holder.lent === null;
  const alarms = [
    ...(holder !== undefined && !gives ? ["uid-held"] : []),
    ...(gives && holder.appliance !== appliance ? ["uid-elsewhere"] : []),
    ...(day.denied.has(use.uid) ? ["uid-denied"] : []),
    ...(use.count > order.limit ? ["message2-limit"] : []),
    ...(use.at > notAfter ? ["lease-expired"] : []),
  ];
  if (gives) day.giveBack(holder);
  const holds = holder === undefined || gives;
  const { uid, state, count } = use;
  const unit: Unit | null = holds
    ? { order, uid, state, appliance, count, lent: lent.id, revoked: false, reworks: 0, before: 0 }
    : null;
  if (unit !== null) day.units.set(uid, unit);
  lent.state = "used";
  lent.use = { uid, state, count, receipt: use.receipt, unit };
  return alarms;
}

const FURTHER: Readonly<Record<string, number>> = { reserved: 0, keyed: 1, committed: 2 };

/** What says more is taken over, unless a person has decided about the unit meanwhile. */
function advance(day: Reference, kept: Use, use: ReportedUse): readonly string[] {
  if (kept.receipt !== null && use.receipt !== null) return [];
  const further = (FURTHER[use.state] ?? 0) - (FURTHER[kept.state] ?? 0);
  if (further < 0 || (further === 0 && use.count <= kept.count)) return [];
  kept.state = use.state;
  kept.count = Math.max(kept.count, use.count);
  kept.receipt = use.receipt;
  const { unit } = kept;
  if (unit === null) return [];
  if (day.units.get(unit.uid) !== unit) return ["unit-given-back"];
  if (unit.state === "lost") return ["uid-lost"];
  unit.state = kept.state;
  unit.count = kept.count;
  return [];
}

/** Tickets come back that the vault has closed unused. */
export function takeReturns(
  day: Reference,
  told: { readonly appliance: string; readonly lease: string; readonly tickets: readonly string[] },
): Expected {
  const lease = leaseOf(day, told);
  if ("code" in lease) return lease;
  const named = [...new Set(told.tickets)];
  const own = lease.lent.filter(({ id }) => named.includes(id));
  if (own.length !== named.length) return { code: "use-not-valid" };
  const used = own.filter(({ state }) => state === "used");
  if (used.length > 0) {
    return freeze(day, told.appliance, used.flatMap(({ use }) => use === null ? [] : [use.uid]));
  }
  for (const lent of own) if (lent.state === "leased") lent.state = "returned";
  return GRANTED;
}

/** A person gives up what a lease has open: devices may exist. */
export function giveUpLease(day: Reference, id: string): Expected {
  const lease = day.leases.find((one) => one.id === id);
  if (lease === undefined) return { code: "lease-unknown" };
  const open = lease.lent.filter(({ state }) => state === "leased");
  for (const lent of open) lent.state = "unaccounted";
  return open.length > 0 ? GRANTED : { code: "unit-state" };
}
