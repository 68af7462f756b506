/**
 * The structures that PROTOCOL.md gives as tables, field by field; a test compares each with its table.
 * Knows offsets and sizes; knows nothing of keys or of what a value means.
 * @module
 */
import type { ApplianceId, Id, KeyId, LeaseId, OwnerId, ProductId, ReleaseId, TicketId } from "./ids.ts";
import { ID_BYTES } from "./ids.ts";
import { LABELS } from "./labels.ts";
import type { Decoded } from "./layout.ts";
import {
  always,
  bytes,
  id,
  Layout,
  optionWords,
  reserved,
  tag,
  u16,
  u32,
  u48,
  u64,
  u8,
  uid16,
} from "./layout.ts";

const keyId = id<KeyId>(ID_BYTES.keyId);
const ticketId = id<TicketId>(ID_BYTES.ticketId);
const owner = id<OwnerId>(ID_BYTES.owner);
const product = id<ProductId>(ID_BYTES.product);
const release = id<ReleaseId>(ID_BYTES.release);
const appliance = id<ApplianceId>(ID_BYTES.appliance);
const lease = id<LeaseId>(ID_BYTES.lease);
const order = id<Id<"order">>(16);

/** HELLO_REPLY (PROTOCOL section 4). `version` is a value here, since a host names a version that it does not know. */
export const helloReplyLayout = new Layout("hello_reply", {
  version: u8,
  window: u8,
  lock: u8,
  debug: u8,
  entropy: u8,
  reserved: reserved(1),
  family: u16,
  flashKb: u16,
  chipId: u16,
  bootloader: u32,
  uid: uid16,
  options: optionWords,
  ticketKeyId: keyId,
  epoch: u32,
});

/** What a target says of itself in answer to HELLO. */
export type HelloReply = Decoded<typeof helloReplyLayout>;

/** The ticket without its signature (PROTOCOL section 5). */
export const ticketLayout = new Layout("ticket", {
  label: tag(LABELS.ticket),
  version: always(1),
  suite: u8,
  pattern: u8,
  lockLevel: u8,
  policy: u32,
  ticketKeyId: keyId,
  epoch: u32,
  family: u16,
  reserved: reserved(2),
  ticketId,
  owner,
  product,
  release,
  imageDigest: bytes(32),
  length: u32,
  personalOffset: u32,
  personalLength: u32,
  uidValue: uid16,
  uidMask: uid16,
  appliance,
  T: bytes(32),
  notBefore: u64,
  notAfter: u64,
  optionValue: optionWords,
  optionMask: optionWords,
  lease,
  leaseIndex: u32,
  reserved2: reserved(16),
});

/** One signed permission for one unit and one release. */
export type Ticket = Decoded<typeof ticketLayout>;

/** The clear content of Noise message 1 (P-25). */
export const message1PayloadLayout = new Layout("message1_payload", {
  family: u16,
  chipId: u16,
  bootloader: u32,
  uid: uid16,
  entropy: u8,
  lock: u8,
  debug: u8,
  reserved: reserved(1),
  flashKb: u16,
  reserved2: reserved(2),
});

/** What a target tells the key-holder of itself. */
export type Message1Payload = Decoded<typeof message1PayloadLayout>;

/** The bytes that the receipt's MAC is taken over (PROTOCOL section 9). */
export const receiptLayout = new Layout("receipt", {
  label: tag(LABELS.receipt),
  hh: bytes(64),
  uid: uid16,
  ticketId,
  digest: bytes(32),
  personalHash: bytes(32),
  lock: u8,
  entropy: u8,
  outcome: u8,
  reserved: reserved(1),
});

/** The target's proof of what it installed, as the MAC covers it. */
export type Receipt = Decoded<typeof receiptLayout>;

/** The install block in page 0 of the bootloader (PROTOCOL section 10). */
export const installBlockLayout = new Layout("install_block", {
  label: tag(LABELS.setup),
  version: always(1),
  lockLevel: u8,
  family: u16,
  uart: u8,
  txPin: u8,
  rxPin: u8,
  alternate: u8,
  ticketKeyId: keyId,
  epoch: u32,
  reserved: reserved(4),
  optionValue: optionWords,
  optionMask: optionWords,
  ticketKey: bytes(32),
  yMinusX: bytes(32),
  yPlusX: bytes(32),
  twoDxy: bytes(32),
});

/** What a bootloader is patched with before it is written. */
export type InstallBlock = Decoded<typeof installBlockLayout>;

/** The lock record without its signature (P-45). */
export const lockRecordLayout = new Layout("lock_record", {
  label: tag(LABELS.lock),
  ticketId,
  uid: uid16,
  appliance,
  at: u64,
  lock: u8,
  debug: u8,
  flashUnderReset: u8,
  ramUnderReset: u8,
  plainAttach: u8,
  reserved: reserved(3),
});

/** What an appliance saw when it tried to read a locked chip. */
export type LockRecord = Decoded<typeof lockRecordLayout>;

/** The device certificate without its signature (PROTOCOL section 12). */
export const certificateLayout = new Layout("certificate", {
  label: tag(LABELS.certificate),
  version: always(1),
  signer: u8,
  family: u16,
  reserved: reserved(4),
  owner,
  product,
  release,
  uid: uid16,
  serial: u64,
  ticketId,
  lease,
  issuedAt: u64,
  deviceKey: bytes(32),
});

/** The statement that a UID is certified for a product. */
export type Certificate = Decoded<typeof certificateLayout>;

/** The key set without its signature (PROTOCOL section 12). */
export const keysetLayout = new Layout("keyset", {
  label: tag(LABELS.keyset),
  version: always(1),
  reserved: reserved(3),
  serial: u32,
  epoch: u32,
  owner,
  ticketKey: bytes(32),
  logKey: bytes(32),
  nextTicketKey: bytes(32),
  nextLogKey: bytes(32),
  unwrapKey: bytes(32),
  issuedAt: u64,
});

/** The keys that an owner's root vouches for. */
export type Keyset = Decoded<typeof keysetLayout>;

/** A statement of the log key without its signature (PROTOCOL section 12). */
export const statementLayout = new Layout("statement", {
  label: tag(LABELS.statement),
  version: always(1),
  subject: u8,
  reserved: reserved(6),
  owner,
  atMs: u64,
  number: u64,
  content: bytes(32),
});

/** What the log key vouches for besides replies. */
export type Statement = Decoded<typeof statementLayout>;

/** The content of a key record: which message 2 was given, for which unit, under which certificate (P-63). */
export const keyRecordLayout = new Layout("key_record", {
  label: tag(LABELS.keyRecord),
  ticketId,
  uid: uid16,
  order,
  certificateTicket: ticketId,
  serial: u64,
  issuedAt: u64,
  epoch: u32,
  family: u16,
  number: u8,
  signer: u8,
  hh: bytes(64),
  h2: bytes(64),
});

/** What the authority says of one message 2: enough to book it again after a restore. */
export type KeyRecord = Decoded<typeof keyRecordLayout>;

/** The delegation of a lease without its signature (PROTOCOL section 13). */
export const delegationLayout = new Layout("delegation", {
  label: tag(LABELS.delegation),
  version: always(1),
  vault: u8,
  reserved: reserved(2),
  units: u32,
  owner,
  product,
  release,
  lease,
  epoch: u32,
  reserved2: reserved(4),
  appliance,
  notAfter: u64,
  leaseKey: bytes(64),
});

/** What a product's certificate key says of a lease key: for which units of which release it may sign. */
export type Delegation = Decoded<typeof delegationLayout>;

const recordPlaces = {
  appliance,
  sequence: u64,
  number: u64,
  hash: bytes(32),
  baseNumber: u64,
  baseHash: bytes(32),
  askedNumber: u64,
  askedHash: bytes(32),
};

/** The head of an appliance's record without its signature (PROTOCOL section 12, P-68, P-78). */
export const recordHeadLayout = new Layout("record_head", {
  label: tag(LABELS.head),
  version: always(2),
  reserved: reserved(1),
  known: u48,
  ...recordPlaces,
});

/** The head as appliances wrote it before they said what they know (P-78): the same size and places. */
export const silentRecordHeadLayout = new Layout("record_head", {
  label: tag(LABELS.head),
  version: always(1),
  reserved: reserved(7),
  ...recordPlaces,
});

/** Where an appliance's record ends, what it had at two earlier numbers, and which state it knows; null: it does not say. */
export type RecordHead = Decoded<typeof silentRecordHeadLayout> & { readonly known: number | null };

const carrierFile = {
  version: always(1),
  reserved: reserved(3),
  count: u32,
  owner,
  appliance,
  atMs: u64,
  originLength: u16,
  reserved2: reserved(6),
};

/** The head of a file of an appliance's messages (P-65). */
export const messageFileLayout = new Layout("message_file", {
  label: tag(LABELS.messageFile),
  ...carrierFile,
});

/** The head of a file of replies to them, with the authority's newest signed key set (P-65, P-70). */
export const replyFileLayout = new Layout("reply_file", {
  label: tag(LABELS.replyFile),
  ...carrierFile,
  keySet: bytes(268),
  reserved3: reserved(4),
});

/** Of whose messages a file is, and how many. */
export type CarrierFileHead = Decoded<typeof messageFileLayout>;

/** One signed request in a file, without its body (P-65). */
export const carriedMessageLayout = new Layout("carried_message", {
  route: u8,
  reserved: reserved(3),
  bodyLength: u32,
  subject: bytes(16),
  offset: u32,
  length: u32,
  created: u64,
  sequence: u64,
  head: bytes(224),
  signature: bytes(64),
});

/** What a request's signature covers besides its body, and the signature. */
export type CarriedMessage = Decoded<typeof carriedMessageLayout>;

/** One signed reply in a file, without its body (P-65). */
export const carriedReplyLayout = new Layout("carried_reply", {
  status: u16,
  reserved: reserved(2),
  bodyLength: u32,
  logKeyId: keyId,
  created: u64,
  signature: bytes(64),
});

/** What a reply's signature covers besides its body, and the signature. */
export type CarriedReply = Decoded<typeof carriedReplyLayout>;

/** Every layout that has a table in PROTOCOL.md, under its name there. */
export const layouts = Object.freeze({
  hello_reply: helloReplyLayout,
  ticket: ticketLayout,
  message1_payload: message1PayloadLayout,
  receipt: receiptLayout,
  install_block: installBlockLayout,
  lock_record: lockRecordLayout,
  certificate: certificateLayout,
  keyset: keysetLayout,
  statement: statementLayout,
  delegation: delegationLayout,
  key_record: keyRecordLayout,
  record_head: recordHeadLayout,
  message_file: messageFileLayout,
  reply_file: replyFileLayout,
  carried_message: carriedMessageLayout,
  carried_reply: carriedReplyLayout,
});
