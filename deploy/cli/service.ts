/**
 * What the commands that run until they are stopped share: their log on standard error, and the service manager.
 *
 * @module
 */
import { createLogger, isLogLevel, type Logger, type LogLevel, logLevels } from "../logging/mod.ts";
import { openNotify, superviseBy, type Supervised } from "../supervise/mod.ts";
import { Usage } from "./outcome.ts";
import type { Terminal } from "./terminal.ts";

/** The option of {@linkcode loggerOf}. */
export const LOG_LEVEL_OPTION = [
  "--log-level <level>",
  `one line of JSON on standard error for each event that is as grave: ${logLevels.join(", ")}`,
] as const;

/** Returns the log of a command. @throws {Usage} when there is no such level */
export function loggerOf(level: string | undefined, usual: LogLevel, terminal: Terminal): Logger {
  const asked = level ?? usual;
  if (!isLogLevel(asked)) {
    throw new Usage(`Cannot log at "${asked}": --log-level must be one of ${logLevels.join(", ")}`);
  }
  return createLogger({ write: terminal.log, nowMs: () => Date.now(), level: asked });
}

/** Tells the service manager that the command is ready, and that it is alive while it is healthy. */
export function supervised(healthy: () => Promise<boolean>, log: Logger): Supervised {
  return superviseBy({
    notify: openNotify(Deno.env.get("NOTIFY_SOCKET")),
    watchdogMs: watchdogMs(),
    healthy,
    every(ms, act) {
      const timer = setInterval(act, ms);
      Deno.unrefTimer(timer);
      return () => clearInterval(timer);
    },
    onTrouble: (message) => log({ level: "error", event: "supervision", message }),
  });
}

function watchdogMs(): number | null {
  const micros = Number(Deno.env.get("WATCHDOG_USEC") ?? "0");
  // Without WATCHDOG_PID it is meant for whoever reads it; with it for that process alone.
  const pid = Deno.env.get("WATCHDOG_PID");
  return micros > 0 && (pid === undefined || Number(pid) === Deno.pid) ? micros / 1000 : null;
}

/** Whether the figures of a running agent can be read: its loop turns, its page answers, its record can be read. */
export async function answersMetrics(url: string): Promise<boolean> {
  const response = await fetch(`${url}metrics`, { signal: AbortSignal.timeout(ASK_MS) });
  await response.body?.cancel();
  return response.ok;
}

/** Less than half of the units' watchdog time; a busy machine took 8 s (measured). */
const ASK_MS = 20_000;
