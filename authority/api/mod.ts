/**
 * The contract of the authority: routes, schemas, refusals, signatures, and typed clients. The only room of the
 * authority that the agent may enter. Pure: network, keys, clock and randomness are handed in.
 *
 * @module
 */

export type { HeadPort, ShownHead, SigningPorts } from "./_signed_request.ts";
export { type Answer, type Fetch, readWith, type Refused, SPENT_ORDERS_MOST } from "./_exchange.ts";
export * from "./appliance_client.ts";
export * from "./appliance_schemas.ts";
export * from "./carrying.ts";
export * from "./denials.ts";
export * from "./enrolment.ts";
export * from "./enrolment_client.ts";
export * from "./fields.ts";
export * from "./http_signature.ts";
export * from "./lease_schemas.ts";
export * from "./log_chain.ts";
export * from "./message_file.ts";
export * from "./messages.ts";
export * from "./owner_client.ts";
export * from "./owner_schemas.ts";
export * from "./refusal.ts";
export * from "./restored_schemas.ts";
export * from "./routes.ts";
export * from "./statement.ts";
export * from "./trust.ts";
export * from "./words/mod.ts";
