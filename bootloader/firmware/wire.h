/*
 * The bytes of PROTOCOL.md that the target reads and writes: frame types, lengths, labels, structures.
 * Holds no code. The host has the same tables in bootloader/wire; a test compares the two through the machine
 * code. Fields are little-endian and aligned as they lie, so a structure is read where it was received.
 */
#ifndef WIRE_H
#define WIRE_H

#include "suite.h"

/* Makes the compiler reach what lies behind a pointer from that pointer: smaller than an address each. */
#define NEAR(pointer) __asm__("" : "+r"(pointer))

#define NOINLINE __attribute__((noinline))

/* Section 3. */
#define HELLO 0x01
#define TICKET 0x02
#define MESSAGE2 0x03
#define CHUNK 0x04
#define POLL 0x05
#define ACK 0x06
#define WORKING 0x80
#define HELLO_REPLY 0x81
#define MESSAGE1 0x82
#define NEXT 0x83
#define RECEIPT 0x84
#define BYE 0x85
#define STATUS 0xff
#define NOT_AUTHENTIC 0x01

#define BODY_BYTES_MAX 1024
#define TAG_BYTES 16

/* Sections 5 to 9. */
#define CHUNK_BYTES 512
#define INNER_CHUNK_BYTES (CHUNK_BYTES + TAG_BYTES)
#define CHUNK_BODY_BYTES (4 + INNER_CHUNK_BYTES + TAG_BYTES)
#define MESSAGE1_BYTES (32 + 32 + TAG_BYTES)
#define NEXT_BYTES (4 + TAG_BYTES)
#define RECEIPT_CLEAR_BYTES 100
#define RECEIPT_BYTES (RECEIPT_CLEAR_BYTES + TAG_BYTES)
#define PERSONAL_BYTES_MAX 768
#define KEYS_BYTES 96
/* Message 2 for a personal region of n bytes (P-27). */
#define MESSAGE2_BYTES(n) (32 + KEYS_BYTES + (n) + TAG_BYTES)

/* Section 4. */
typedef struct {
  u8 version, window, lock, debug, entropy, reserved;
  u16 family, flash_kb, chip_id;
  u32 bootloader;
  u32 uid[4];
  u32 options[4];
  u8 ticket_key_id[8];
  u32 epoch;
} hello_reply;

/* Four option words and the bits of them that are meant; the same in ticket and install block. */
typedef struct {
  u32 value[4], mask[4];
} option_words;

/* The part of the ticket that outlives it: offsets 72 to 132 of section 5. */
typedef struct {
  u8 release[16], image_digest[32];
  u32 length, personal_offset, personal_length;
} permit;

/* Section 5. */
typedef struct {
  u8 label[16], version, suite, pattern, lock_level;
  u32 policy;
  u8 ticket_key_id[8];
  u32 epoch;
  u16 family, reserved;
  u8 ticket_id[16], owner[8], product[8];
  permit permits;
  u32 uid_value[4], uid_mask[4];
  u8 appliance[8], t[32], not_before[8], not_after[8];
  option_words options;
  u8 lease[16];
  u32 lease_index;
  u32 reserved2[4];
} ticket;

#define SIGNATURE_BYTES 64
#define SEALED_TICKET_BYTES (sizeof(ticket) + SIGNATURE_BYTES)

/* Section 6. */
typedef struct {
  u16 family, chip_id;
  u32 bootloader;
  u32 uid[4];
  u8 entropy, lock, debug, reserved;
  u16 flash_kb, reserved2;
} message1_payload;

/* Section 7: what a chunk is bound to. */
typedef struct {
  u8 label[16], release[16];
  u32 index, count, length;
} chunk_binding;

/* Section 9: the part of the receipt that is sent, and the MAC as it is computed. */
typedef struct {
  u8 digest[32], personal_hash[32];
  u8 lock, entropy, outcome, reserved;
  u8 mac[64];
} receipt_report;

/* Section 10. The last 128 bytes are an ed25519_key. */
typedef struct {
  u8 label[16], version, lock_level;
  u16 family;
  u8 uart, tx_pin, rx_pin, alternate;
  u8 ticket_key_id[8];
  u32 epoch;
  u8 reserved[4];
  option_words options;
  u32 ticket_key[32];
} install_block;

_Static_assert(sizeof(hello_reply) == 60, "section 4");
_Static_assert(sizeof(ticket) == 288, "section 5");
_Static_assert(offsetof(ticket, permits) == 72 && offsetof(ticket, uid_value) == 132, "section 5");
_Static_assert(offsetof(ticket, t) == 172 && offsetof(ticket, options) == 220, "section 5");
_Static_assert(sizeof(message1_payload) == 32, "P-25");
_Static_assert(sizeof(chunk_binding) == 44, "P-31");
_Static_assert(offsetof(receipt_report, mac) + 32 == RECEIPT_CLEAR_BYTES, "section 9");
_Static_assert(sizeof(install_block) == 200 && offsetof(install_block, ticket_key) == 72, "section 10");

#endif
