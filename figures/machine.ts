/**
 * What a machine tells of itself, as gauges: handed in, so that this room knows no machine.
 *
 * @module
 */
import { Counter, Gauge, type Registry } from "prom-client";

/** The content type of Prometheus' text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What the machine tells of itself; sizes in bytes, times in seconds. */
export interface MachineFacts {
  /** Of the disk that holds the program's folder; null where the system does not tell. */
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number } | null;
  readonly process: { readonly residentBytes: number; readonly cpuSeconds: number };
}

/** Registers the machine's gauges and returns who sets them; `holds` says what lies on the disk that is meant. */
export function machineReadings(registry: Registry, holds: string): (facts: MachineFacts) => void {
  const free = gaugeOf(
    registry,
    "flashseal_disk_free_bytes",
    `What the disk of the ${holds} has left for this program`,
  );
  const size = gaugeOf(registry, "flashseal_disk_size_bytes", `Size of the disk of the ${holds}`);
  const resident = gaugeOf(
    registry,
    "flashseal_process_resident_memory_bytes",
    "Resident memory of this process",
  );
  const cpu = new Counter({
    name: "flashseal_process_cpu_seconds_total",
    help: "Processor time of this process, user and system",
    registers: [registry],
  });
  return ({ disk, process }) => {
    free.remove();
    size.remove();
    if (disk !== null) {
      free.set(disk.freeBytes);
      size.set(disk.sizeBytes);
    }
    resident.set(process.residentBytes);
    cpu.reset();
    cpu.inc(process.cpuSeconds);
  };
}

/** Returns a gauge of this registry alone: nothing is kept in prom-client's global one. */
export function gaugeOf(registry: Registry, name: string, help: string, labelNames: string[] = []): Gauge {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}
