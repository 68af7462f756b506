/**
 * The appliance's status page over a floor that a test changes, before a real browser.
 *
 * @module
 */
import type { Browser } from "playwright-core";
import { createStatusApp, stationStates, type StatusSnapshot } from "../../../agent/status/mod.ts";
import { snapshotOf, sourceOf, stationIn, workedJournal } from "../../unit/agent/status/_source.ts";
import { openBrowser } from "./_browser.ts";

/** Returns a floor with a station in each of these states. */
export const floorOf = (...states: readonly (typeof stationStates)[number][]) =>
  snapshotOf(states.map((state, index) => stationIn(state, index + 1)));

const journal = workedJournal("station-1", 30);

/** A page's app on loopback over a floor that the test changes. */
export async function withFloor(first: StatusSnapshot, work: (floor: Floor) => Promise<void>): Promise<void> {
  const end = new AbortController();
  const cut = new AbortController();
  const listeners = new Set<() => void>();
  let status = first;
  const app = createStatusApp(sourceOf(() => status, {
    journal,
    signal: end.signal,
    nowMs: () => Date.now(),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  }));
  let isFrozen = false;
  let streams = 0;
  const serve = (request: Request, { completed }: Deno.ServeHandlerInfo) => {
    if (isFrozen) return new Promise<Response>(() => {});
    if (new URL(request.url).pathname === "/events") {
      streams++;
      const isOver = () => void streams--;
      completed.then(isOver, isOver);
    }
    return app.fetch(request);
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, signal: cut.signal }, serve);
  try {
    await work({
      url: `http://127.0.0.1:${server.addr.port}`,
      show(next) {
        status = next;
        for (const listener of listeners) listener();
      },
      streams: () => streams,
      freeze() {
        isFrozen = true;
        end.abort();
      },
    });
  } finally {
    end.abort();
    // A page may still hold a connection; what it would be told does not matter any more.
    cut.abort();
    await server.finished;
  }
}

/** The floor in the hands of a test. */
export interface Floor {
  readonly url: string;
  readonly show: (status: StatusSnapshot) => void;
  /** How many streams browsers hold open. */
  readonly streams: () => number;
  /** The appliance answers nothing any more. */
  readonly freeze: () => void;
}

/** Runs `work` with a browser, which ends with it. */
export async function inBrowser(work: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await openBrowser();
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}
