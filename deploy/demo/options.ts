/**
 * What the demo is asked to do, and the bounds of it.
 *
 * @module
 */

/** The demo's options, checked. */
export interface DemoOptions {
  /** Boards that are delivered while the authority can be reached. */
  readonly devices: number;
  /** Boards that are delivered from the offline allowance while the authority is stopped. */
  readonly offline: number;
  readonly stations: number;
  /** A name of the model's chip table. */
  readonly chip: string;
  /** The owner's firmware file; null: the built-in sample. */
  readonly firmware: string | null;
  /** Folder for what passed on the wires; null: none. */
  readonly capture: string | null;
  /** Leaves folder and processes for a person to look at, until asked to stop. */
  readonly keep: boolean;
}

/** The most boards of one demo: each takes seconds. */
export const DEVICES_MAX = 500;
/** The most stations: each runs a model in the agent's one process. */
export const STATIONS_MAX = 24;
/** The most boards that are made offline: one lease. */
export const OFFLINE_MAX = 256;
