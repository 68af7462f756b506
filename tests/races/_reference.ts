/**
 * The reference: D§6 and PROTOCOL section 13 in the plainest form, written from them and not from the code. One
 * day of one authority in maps; every method answers one request as it must be answered, and moves what must move.
 *
 * Imports nothing of the product: an error of the ledger must not be repeated here. Names (ids, UIDs) are opaque texts; what
 * only the authority can draw, the id of a ticket or a lease, is handed in when it is known.
 *
 * @module
 */

/** An answer: `granted` or the refusal's code, and what the answer must say besides. */
export interface Expected {
  readonly code: string;
  readonly says?: unknown;
}

/** An order: terms, and nothing that can be counted. */
export interface Order {
  readonly name: string;
  readonly product: string;
  readonly limit: number;
  readonly ticketSeconds: number;
  granted: number;
  frozen: boolean;
  /** Whether delivered devices may be made anew. */
  rework: boolean;
  notBefore: number;
  notAfter: number;
}

export type UnitState = "reserved" | "keyed" | "committed" | "lost";

/** The unit that a chip occupies. `lent`: the lent ticket it was used with. */
export interface Unit {
  readonly order: Order;
  readonly uid: string;
  state: UnitState;
  appliance: string;
  count: number;
  readonly lent: string | null;
  revoked: boolean;
  /** How often a person had it made anew, and the messages 2 that it had had by then. */
  reworks: number;
  before: number;
}

/** A unit's messages 2 since it was made anew last: what is limited. */
export function givenNow(unit: Unit): number {
  return unit.count - unit.before;
}

/** A ticket of the authority. */
export interface Ticket {
  id: string;
  readonly unit: Unit;
  readonly appliance: string;
  readonly notBefore: number;
  readonly notAfter: number;
  open: boolean;
  /** Numbers of the messages 2 that were given for it. */
  readonly keys: number[];
  receipt: string | null;
}

export interface Use {
  readonly uid: string;
  state: "reserved" | "keyed" | "committed";
  count: number;
  receipt: string | null;
  /** The unit that the chip occupies through it; null: another unit held the chip. */
  readonly unit: Unit | null;
}

/** A lent ticket. */
export interface Lent {
  readonly id: string;
  readonly lease: Lease;
  state: "leased" | "used" | "returned" | "unaccounted";
  use: Use | null;
}

export interface Lease {
  id: string;
  readonly key: string;
  readonly order: Order;
  readonly appliance: string;
  readonly request: string;
  readonly notAfter: number;
  lent: Lent[];
}

export interface Appliance {
  readonly id: string;
  /** Empty: every product. */
  readonly products: readonly string[];
  revoked: boolean;
  frozen: readonly string[] | null;
  readonly heads: Map<number, string>;
}

/** What a product allows without its owner's server; null: nothing. */
export interface Terms {
  readonly unitsMost: number;
  readonly days: number;
}

export const GRANTED: Expected = Object.freeze({ code: "granted" });
const DAY_SECONDS = 86_400;

/** All that the authority knows. */
export class Reference {
  readonly orders: Order[] = [];
  readonly appliances = new Map<string, Appliance>();
  readonly offline = new Map<string, Terms | null>();
  readonly units = new Map<string, Unit>();
  readonly tickets: Ticket[] = [];
  readonly leases: Lease[] = [];
  readonly allowances = new Map<string, number>();
  readonly denied = new Set<string>();
  now = 0;

  order(name: string): Order {
    const order = this.orders.find((one) => one.name === name);
    if (order === undefined) throw new RangeError(`no order ${name}`);
    return order;
  }

  appliance(id: string): Appliance {
    const appliance = this.appliances.get(id);
    if (appliance === undefined) throw new RangeError(`no appliance ${id}`);
    return appliance;
  }

  lent(): Lent[] {
    return this.leases.flatMap(({ lent }) => lent);
  }

  /** How many units of an order are in a state: rows of chips, lent tickets, and uses whose chip another unit holds. */
  count(order: Order, state: string): number {
    const units = [...this.units.values()].filter((unit) => unit.order === order && unit.state === state);
    const lent = this.lent().filter((one) => one.lease.order === order);
    const away = lent.filter((one) => one.state === state);
    const doubled = lent.filter(({ use }) => use?.unit === null && use.state === state);
    return units.length + away.length + doubled.length;
  }

  free(order: Order): number {
    const states = ["leased", "reserved", "keyed", "committed", "lost", "unaccounted"];
    return order.granted - states.reduce((sum, state) => sum + this.count(order, state), 0);
  }

  open(order: Order, appliance: string): number {
    const leases = this.leases.filter((lease) => lease.order === order && lease.appliance === appliance);
    return leases.flatMap(({ lent }) => lent).filter(({ state }) => state === "leased").length;
  }

  allowance(order: Order, appliance: string): number {
    return this.allowances.get(`${order.name} ${appliance}`) ?? 0;
  }

  /** What the request's signature and sequence decide, before the act is looked at. */
  admits(appliance: string, act: string): Expected {
    return this.appliance(appliance).revoked && act !== "receipt" ? { code: "appliance-revoked" } : GRANTED;
  }

  /** Whether an appliance gets anything at all now. */
  barred(appliance: string): Expected | undefined {
    const { revoked, frozen } = this.appliance(appliance);
    if (revoked) return { code: "appliance-revoked" };
    return frozen === null ? undefined : { code: "appliance-frozen" };
  }

  allowed(appliance: string, product: string): boolean {
    const { products } = this.appliance(appliance);
    return products.length === 0 || products.includes(product);
  }

  /** Why an order gives nothing now, its free units aside. */
  shut(order: Order): Expected | undefined {
    if (order.frozen) return { code: "order-frozen" };
    if (this.now < order.notBefore) return { code: "order-not-begun" };
    return this.now > order.notAfter ? { code: "order-expired" } : undefined;
  }

  openTicket(uid: string): Ticket | undefined {
    return this.tickets.find((ticket) => ticket.open && ticket.unit.uid === uid);
  }

  close(uid: string): void {
    const ticket = this.openTicket(uid);
    if (ticket !== undefined) ticket.open = false;
  }

  /** The unit goes back to its order: ticket first. */
  giveBack(unit: Unit): void {
    this.close(unit.uid);
    this.units.delete(unit.uid);
  }

  /** The lease's end, for an order now. */
  leaseEnd(order: Order): number {
    const days = this.offline.get(order.product)?.days ?? 0;
    return Math.min(order.notAfter, this.now + days * DAY_SECONDS);
  }
}
