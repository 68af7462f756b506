/**
 * What is read at each scrape: the ledger's counts, leases, appliances, the log, the machine.
 *
 * @module
 */

import type { Registry } from "prom-client";
import { gaugeOf, type MachineFacts, machineReadings } from "../../figures/mod.ts";
import type { Figures } from "../store/mod.ts";

const STATES = ["free", "leased", "reserved", "keyed", "committed", "lost", "unaccounted"] as const;
const STANDINGS = ["good", "stopped", "outdated", "frozen", "revoked"] as const;

/** Registers the gauges and returns who sets them. */
export function createReadings(
  registry: Registry,
): (figures: Figures, machine: MachineFacts | null) => void {
  const ledger = ledgerReadings(registry);
  const database = databaseReadings(registry);
  const machine = machineReadings(registry, "database");
  return (figures, facts) => {
    ledger(figures);
    database(figures);
    if (facts !== null) machine(facts);
  };
}

function ledgerReadings(registry: Registry): (figures: Figures) => void {
  const units = gaugeOf(registry, "flashseal_units", "Units of all orders by their state", ["state"]);
  const granted = gaugeOf(registry, "flashseal_units_granted", "Units granted, over all orders");
  const orderUnits = gaugeOf(
    registry,
    "flashseal_order_units",
    "Units of the newest orders that have not ended, by their state",
    ["order", "state"],
  );
  const orderGranted = gaugeOf(
    registry,
    "flashseal_order_units_granted",
    "Units granted by the newest orders that have not ended",
    ["order"],
  );
  const awaiting = gaugeOf(
    registry,
    "flashseal_orders_awaiting",
    "Orders that await their owner's word after a restore",
  );
  return ({ total, orders, awaiting: waiting }) => {
    for (const state of STATES) units.set({ state }, total[state]);
    granted.set(total.granted);
    // An order that has ended is told no more.
    orderUnits.reset();
    orderGranted.reset();
    for (const order of orders) {
      for (const state of STATES) orderUnits.set({ order: order.name, state }, order[state]);
      orderGranted.set({ order: order.name }, order.granted);
    }
    awaiting.set(waiting);
  };
}

function databaseReadings(registry: Registry): (figures: Figures) => void {
  const leases = gaugeOf(registry, "flashseal_leases_open", "Leases that still have units lent");
  const appliances = gaugeOf(registry, "flashseal_appliances", "Appliances by their standing", ["standing"]);
  const entries = gaugeOf(registry, "flashseal_log_entries", "Length of the authority's log");
  const bytes = gaugeOf(registry, "flashseal_database_bytes", "Size of the database file");
  const epoch = gaugeOf(registry, "flashseal_epoch", "The present epoch; it changes with a restore");
  const backup = gaugeOf(
    registry,
    "flashseal_last_backup_timestamp_seconds",
    "When the newest backup was made with authority backup; absent before the first",
  );
  return (figures) => {
    leases.set(figures.leasesOpen);
    for (const standing of STANDINGS) appliances.set({ standing }, figures.appliances[standing]);
    entries.set(figures.logEntries);
    bytes.set(figures.databaseBytes);
    epoch.set(figures.epoch);
    backup.remove();
    if (figures.lastBackupMs !== null) backup.set(figures.lastBackupMs / 1000);
  };
}
