/**
 * The house plan: which room may import which. This table is the architecture (D§10).
 *
 * Rooms are listed bottom-up: a room may name only rooms above it in this list, so the plan cannot hold a
 * cycle. Change a row in the same commit as the import that needs it; an unused permission fails the test.
 *
 * @module
 */

/** What one room may reach: rooms of ours, and packages from outside (npm names, `node:` modules). */
export interface Room {
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
}

export const HOUSE_PLAN: Readonly<Record<string, Room>> = {};
