/**
 * Keeps a service manager told: ready, alive for as long as the service says that it is healthy, stopping.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";
import type { Notify } from "./notify.ts";

/** What supervision is given. */
export interface SupervisePorts {
  /** Null: nobody wants to be told. */
  readonly notify: Notify | null;
  /** How long the service may say nothing (WATCHDOG_USEC), in milliseconds; null: as long as it likes. */
  readonly watchdogMs: number | null;
  /** Whether the service does its work; what it throws counts as "no". */
  readonly healthy: () => Promise<boolean>;
  /** Calls `act` again and again until the returned function is called. */
  readonly every: (ms: number, act: () => void) => () => void;
  /** Told what hinders; hinders nothing itself. */
  readonly onTrouble: (message: string) => void;
}

/** A service that is watched. */
export interface Supervised {
  /** Says that it ends, and says nothing after that. */
  readonly stopping: () => void;
}

/** Says `READY=1`, and from then on `WATCHDOG=1` twice in each watchdog time while the service is healthy. */
export function superviseBy(ports: SupervisePorts): Supervised {
  const { notify, watchdogMs } = ports;
  if (notify === null) return { stopping: () => {} };
  const tell = (...lines: readonly string[]) => {
    try {
      notify(...lines);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      ports.onTrouble(error.message);
    }
  };
  tell("READY=1");
  let ended = false;
  let busy = false;
  const look = async () => {
    // One look at a time: a service that hangs in it is not healthy, and must not pile them up.
    if (busy) return;
    busy = true;
    const isHealthy = await ports.healthy().catch(() => false);
    busy = false;
    if (ended) return;
    if (isHealthy) tell("WATCHDOG=1");
    else ports.onTrouble("It does not do its work: the service manager is not told that it is alive");
  };
  const end = watchdogMs === null ? () => {} : ports.every(watchdogMs / 2, () => void look());
  return {
    stopping() {
      ended = true;
      end();
      tell("STOPPING=1");
    },
  };
}
