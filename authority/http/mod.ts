/**
 * The authority over HTTP, and the certificates of its channel.
 *
 * @module
 */

export { type AppPorts, createApp } from "./app.ts";
export type { RequestSeen } from "./request_log.ts";
export * from "./tls.ts";
