/**
 * For each alert: figures over time at which it must come, figures at which it must not, and when to look. Values are
 * promtool's: `a+bxn` is a, a+b, ... once a minute.
 *
 * @module
 */

const AGENT = 'job="flashseal-agent",instance="line"';
const SERVER = 'job="flashseal-authority",instance="server"';

/** Series of a deployment by their names, with the values they take. */
export type Series = Readonly<Record<string, string>>;

/** One alert. */
export interface AlertCase {
  readonly alert: string;
  readonly minutes: number;
  readonly bad: Series;
  readonly good: Series;
}

const away = { [`flashseal_authority_reachable{${AGENT}}`]: "0x200" };
const near = { [`flashseal_authority_reachable{${AGENT}}`]: "1x200" };
const left = (values: string) => ({ [`flashseal_offline_tickets_left{${AGENT},product="a"}`]: values });
const unreported = (values: string) => ({
  [`flashseal_receipts_unreported{${AGENT}}`]: values,
  [`flashseal_uses_unreported{${AGENT}}`]: "0x200",
});
const ended = (delivered: string, failed: string) => ({
  [`flashseal_deliveries_total{${AGENT},station="1",outcome="delivered",cause=""}`]: delivered,
  [`flashseal_deliveries_total{${AGENT},station="1",outcome="failed",cause="link-silent"}`]: failed,
});
const order = (free: string, leased = "0x200", keyed = "0x200") => ({
  [`flashseal_order_units{${SERVER},order="May",state="free"}`]: free,
  [`flashseal_order_units{${SERVER},order="May",state="leased"}`]: leased,
  [`flashseal_order_units{${SERVER},order="May",state="keyed"}`]: keyed,
  [`flashseal_order_units_granted{${SERVER},order="May"}`]: "1000x200",
});
const disk = (free: string) => ({
  [`flashseal_disk_free_bytes{${AGENT}}`]: free,
  [`flashseal_disk_size_bytes{${AGENT}}`]: "64000000000x200",
});
const ends = (values: string) => ({
  [`flashseal_offline_end_timestamp_seconds{${AGENT},product="a"}`]: values,
});
const one = (name: string, bad: string, good: string) => ({ bad: { [name]: bad }, good: { [name]: good } });

/** At least one case for each alert of the rules. */
export const cases: readonly AlertCase[] = [
  { alert: "FlashsealAgentDown", minutes: 5, ...one(`up{${AGENT}}`, "0x10", "1x10") },
  { alert: "FlashsealAuthorityDown", minutes: 5, ...one(`up{${SERVER}}`, "0x10", "1x10") },
  { alert: "FlashsealAuthorityUnreachable", minutes: 10, bad: away, good: near },
  // 300 left, 3 a minute: 100 minutes. 1000 left: 5 hours.
  {
    alert: "FlashsealTicketsRunningOut",
    minutes: 40,
    bad: { ...away, ...left("300-3x60") },
    good: { ...away, ...left("1000-3x60") },
  },
  // Each minute the clock comes 60 s nearer to the end, three hours after the beginning.
  {
    alert: "FlashsealTicketsRunningOut",
    minutes: 70,
    bad: { ...away, ...left("300x80"), ...ends("10800x80") },
    good: { ...away, ...left("300x80"), ...ends("108000x80") },
  },
  {
    alert: "FlashsealTicketsGone",
    minutes: 5,
    bad: { ...away, ...left("0x10") },
    good: { ...near, ...left("0x10") },
  },
  {
    alert: "FlashsealUnreportedGrowing",
    minutes: 50,
    bad: { ...near, ...unreported("0+1x60") },
    good: { ...near, ...unreported("5x60") },
  },
  {
    alert: "FlashsealApplianceBarred",
    minutes: 2,
    bad: { [`flashseal_appliance_barred{${AGENT},cause="appliance-frozen"}`]: "1x10" },
    good: { [`flashseal_appliance_barred{${AGENT},cause=""}`]: "0x10" },
  },
  {
    alert: "FlashsealClockWrong",
    minutes: 8,
    ...one(`flashseal_clock_offset_seconds{${AGENT}}`, "-400x10", "30x10"),
  },
  {
    alert: "FlashsealStationWaits",
    minutes: 15,
    ...one(`flashseal_station_state{${AGENT},station="1",state="waiting"}`, "1x20", "1x5 0 1x10"),
  },
  {
    alert: "FlashsealDeliveriesFail",
    minutes: 61,
    bad: ended("0+1x60", "0+1x60"),
    good: ended("0+1x60", "0 0 0 0 1x60"),
  },
  {
    alert: "FlashsealStationFaults",
    minutes: 20,
    ...one(`flashseal_station_faults_total{${AGENT},station="1"}`, "0+1x30", "2x30"),
  },
  // One fault that stays, for hours.
  {
    alert: "FlashsealStationFaults",
    minutes: 240,
    ...one(`flashseal_station_state{${AGENT},station="1",state="fault"}`, "0 1x300", "0x300"),
  },
  {
    alert: "FlashsealSyncFails",
    minutes: 31,
    bad: { ...near, [`flashseal_sync_rounds_total{${AGENT},outcome="failed"}`]: "0+1x40" },
    good: { ...away, [`flashseal_sync_rounds_total{${AGENT},outcome="failed"}`]: "0+1x40" },
  },
  {
    alert: "FlashsealApplianceFrozen",
    minutes: 1_440,
    ...one(`flashseal_appliances{${SERVER},standing="frozen"}`, "0x10 1x1500", "0x1500"),
  },
  {
    alert: "FlashsealUidHeld",
    minutes: 20,
    ...one(`flashseal_alarms_total{${SERVER},alarm="uid-held"}`, "0x10 1x20", "1x30"),
  },
  {
    alert: "FlashsealDatabaseOutdated",
    minutes: 20,
    ...one(`flashseal_log_events_total{${SERVER},event="database-outdated"}`, "0x10 1x20", "1x30"),
  },
  {
    alert: "FlashsealOrdersAwaitOwner",
    minutes: 15,
    ...one(`flashseal_orders_awaiting{${SERVER}}`, "2x30", "0x30"),
  },
  { alert: "FlashsealQuotaNearlySpent", minutes: 10, bad: order("40x20"), good: order("60x20") },
  // Lent units are there to be made; an order that is made to its end is no alarm.
  {
    alert: "FlashsealQuotaNearlySpent",
    minutes: 10,
    bad: order("40x20", "9x20"),
    good: order("40x20", "11x20"),
  },
  {
    alert: "FlashsealQuotaNearlySpent",
    minutes: 10,
    bad: order("0x20", "0x20", "1x20"),
    good: order("0x20"),
  },
  {
    alert: "FlashsealServerErrors",
    minutes: 10,
    ...one(`flashseal_requests_total{${SERVER},route="ticket",status="5xx"}`, "0x5 1x10", "4x20"),
  },
  {
    alert: "FlashsealBackupOld",
    minutes: 3_000,
    ...one(`flashseal_last_backup_timestamp_seconds{${SERVER}}`, "0x3100", "100000x3100"),
  },
  {
    alert: "FlashsealBackupMissing",
    minutes: 1_500,
    bad: { [`flashseal_epoch{${SERVER}}`]: "1x1600" },
    good: {
      [`flashseal_epoch{${SERVER}}`]: "1x1600",
      [`flashseal_last_backup_timestamp_seconds{${SERVER}}`]: "0x1600",
    },
  },
  { alert: "FlashsealDiskNearlyFull", minutes: 15, bad: disk("1000000000x20"), good: disk("10000000000x20") },
];
