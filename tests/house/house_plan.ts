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

export const HOUSE_PLAN: Readonly<Record<string, Room>> = {
  // What both houses tell alike of their machines; below them, since neither may own it.
  "figures": { rooms: [], packages: ["prom-client"] },
  "figures/host": { rooms: [], packages: ["node:fs", "node:process"] },
  // The device and its law. Nothing here knows that a host exists.
  "bootloader/mcu": { rooms: [], packages: [] },
  "bootloader/wire": { rooms: [], packages: [] },
  "bootloader/suite": {
    rooms: ["bootloader/wire"],
    packages: ["@noble/ciphers", "@noble/curves", "@noble/hashes", "node:buffer", "node:crypto"],
  },
  "bootloader/ticket": { rooms: ["bootloader/wire", "bootloader/suite"], packages: [] },
  "bootloader/session": { rooms: ["bootloader/wire", "bootloader/suite", "bootloader/ticket"], packages: [] },
  "bootloader/chips": { rooms: ["bootloader/wire"], packages: [] },
  "bootloader/firmware": { rooms: ["bootloader/wire"], packages: [] },
  // The office. Only `authority/api` is for the agent.
  "authority/api": { rooms: ["bootloader/wire", "bootloader/suite"], packages: ["valibot"] },
  "authority/ledger": { rooms: ["bootloader/wire", "authority/api"], packages: [] },
  "authority/store": {
    rooms: ["bootloader/wire", "authority/api", "authority/ledger"],
    packages: ["node:sqlite"],
  },
  "authority/log": { rooms: ["bootloader/wire", "authority/api", "authority/store"], packages: [] },
  "authority/signer": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "bootloader/session",
      "authority/api",
    ],
    packages: [],
  },
  "authority/release": {
    rooms: ["bootloader/wire", "authority/api", "authority/store", "authority/log"],
    packages: [],
  },
  "authority/issuance": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "bootloader/chips",
      "authority/api",
      "authority/ledger",
      "authority/store",
      "authority/log",
      "authority/signer",
    ],
    packages: [],
  },
  // What the owner sees in a browser: it asks the same acts as the owner's routes and decides nothing.
  "authority/console": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/chips",
      "authority/api",
      "authority/store",
      "authority/signer",
      "authority/issuance",
    ],
    packages: ["hono"],
  },
  "authority/http": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "authority/api",
      "authority/store",
      "authority/signer",
      "authority/release",
      "authority/issuance",
      "authority/console",
    ],
    packages: ["@peculiar/x509", "hono", "node:crypto", "reflect-metadata", "valibot"],
  },
  "authority/metrics": {
    rooms: ["figures", "authority/api", "authority/store", "authority/http"],
    packages: ["prom-client", "valibot"],
  },
  "authority/host": {
    rooms: ["figures/host", "bootloader/wire"],
    packages: ["node:http", "node:https", "node:net"],
  },
  "authority": {
    rooms: [
      "figures",
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "authority/api",
      "authority/store",
      "authority/log",
      "authority/signer",
      "authority/issuance",
      "authority/http",
      "authority/metrics",
      "authority/host",
    ],
    packages: ["valibot"],
  },
  // The owner's machine.
  "authority/owner/firmware_file": {
    rooms: ["bootloader/wire", "bootloader/session", "bootloader/chips"],
    packages: [],
  },
  "authority/owner/release": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "bootloader/session",
      "authority/api",
      "authority/owner/firmware_file",
    ],
    packages: ["valibot"],
  },
  "authority/owner/proof": {
    rooms: ["bootloader/wire", "bootloader/suite", "bootloader/ticket", "authority/api"],
    packages: ["valibot"],
  },
  "authority/owner": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "authority/api",
      "authority/owner/firmware_file",
      "authority/owner/release",
      "authority/owner/proof",
    ],
    packages: ["node:https", "valibot"],
  },
  // The appliance on the factory floor.
  "agent/journal": { rooms: ["bootloader/wire", "bootloader/suite"], packages: ["node:sqlite"] },
  "agent/probe": { rooms: ["bootloader/wire", "bootloader/chips"], packages: [] },
  "agent/probe/model": {
    rooms: ["bootloader/mcu", "bootloader/wire", "bootloader/suite", "bootloader/ticket", "agent/probe"],
    packages: [],
  },
  "agent/link": { rooms: ["bootloader/wire", "bootloader/session"], packages: [] },
  "agent/link/model": { rooms: ["bootloader/mcu", "agent/probe/model", "agent/link"], packages: [] },
  "agent/delivery": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "bootloader/session",
      "authority/api",
      "agent/journal",
      "agent/probe",
      "agent/link",
    ],
    packages: [],
  },
  "agent/vault": {
    rooms: [
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "bootloader/session",
      "bootloader/chips",
      "authority/api",
      "agent/journal",
      "agent/delivery",
    ],
    packages: [],
  },
  "agent/sync": {
    rooms: ["bootloader/wire", "authority/api", "agent/journal", "agent/delivery", "agent/vault"],
    packages: [],
  },
  "agent/status": {
    rooms: ["bootloader/wire", "authority/api", "agent/journal", "agent/delivery"],
    packages: ["hono"],
  },
  "agent/metrics": { rooms: ["figures", "agent/delivery"], packages: ["prom-client"] },
  "agent/control": {
    rooms: [
      "figures/host",
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "bootloader/firmware",
      "authority/api",
      "agent/journal",
      "agent/probe",
      "agent/probe/model",
      "agent/link/model",
      "agent/delivery",
      "agent/vault",
      "agent/sync",
      "agent/status",
      "agent/metrics",
    ],
    packages: ["node:https", "valibot"],
  },
  "agent": {
    rooms: ["agent/probe/model", "agent/delivery", "agent/sync", "agent/status", "agent/control"],
    packages: [],
  },
  // Everything together.
  "deploy/compile": { rooms: [], packages: [] },
  "deploy/demo": {
    rooms: [
      "bootloader/mcu",
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/ticket",
      "bootloader/firmware",
      "authority/owner",
      "agent",
    ],
    packages: ["hono", "node:net"],
  },
  "deploy/logging": { rooms: ["agent"], packages: [] },
  "deploy/supervise": { rooms: ["bootloader/wire"], packages: [] },
  // What a release is called stands there, beside what it is built with.
  "deno.json": { rooms: [], packages: [] },
  "deploy/cli": {
    rooms: [
      "bootloader/mcu",
      "bootloader/wire",
      "bootloader/suite",
      "bootloader/chips",
      "bootloader/firmware",
      "authority/api",
      "authority",
      "authority/owner",
      "agent",
      "deploy/demo",
      "deploy/logging",
      "deploy/supervise",
      "deno.json",
    ],
    packages: ["commander"],
  },
  "deploy/catalogue": {
    rooms: ["bootloader/wire", "authority/api", "agent", "deploy/cli"],
    packages: [],
  },
  "main.ts": { rooms: ["deploy/cli"], packages: [] },
};
