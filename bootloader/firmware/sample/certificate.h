/*
 * The device certificate as a firmware sees it: its own proof, in its personal region, checked with the key
 * that the owner's command put into its slot. A product may take this file and certificate.c as they are.
 */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "../ed25519.h"
#include "../suite.h"

/* The certificate and its signature (PROTOCOL section 12). */
typedef struct {
  u8 label[16];
  u8 version, signer;
  u16 family;
  u32 reserved;
  u8 owner[8], product[8], release[16], uid[16];
  u64 serial;
  u8 ticket_id[16], lease[16];
  u64 issued_at;
  u8 device_key[32];
  u8 signature[64];
} certificate;

/* What the product's certificate key says of a lease's key, and its signature (PROTOCOL section 13). */
typedef struct {
  u8 label[16];
  u8 version, vault;
  u16 reserved;
  u32 units;
  u8 owner[8], product[8], release[16], lease[16];
  u32 epoch, reserved2;
  u8 appliance[8];
  u64 not_after;
  u8 lease_key[64];
  u8 signature[64];
} delegation;

#define CERTIFICATE_SIGNED_BYTES 152
#define DELEGATION_SIGNED_BYTES 160
#define CERTIFICATE_REGION_BYTES 448

/* What stands at the start of the personal region: the certificate, and behind that of a lease its delegation. The rest of
 * the region is 0xFF. */
typedef struct {
  certificate sealed;
  delegation lent;
  u8 rest[CERTIFICATE_REGION_BYTES - sizeof(certificate) - sizeof(delegation)];
} certificate_region;

/* The slot: all but the mark is 0xFF until the owner's command fills it. */
typedef struct {
  u8 mark[16];
  ed25519_key key;
  u8 owner[8], product[8], zero[16];
} certificate_key_slot;

_Static_assert(sizeof(certificate) == 216, "PROTOCOL section 12: 216 bytes");
_Static_assert(offsetof(certificate, signature) == CERTIFICATE_SIGNED_BYTES, "PROTOCOL section 12");
_Static_assert(sizeof(delegation) == 224, "PROTOCOL section 13: 224 bytes");
_Static_assert(offsetof(delegation, signature) == DELEGATION_SIGNED_BYTES, "PROTOCOL section 13");
_Static_assert(sizeof(certificate_key_slot) == 176, "the owner's command fills 176 bytes");

extern const certificate_key_slot certificate_slot;
extern const certificate_region personal_region;

typedef enum {
  CERTIFICATE_NO_KEY,     /* the slot was never filled: nothing can be said */
  CERTIFICATE_NONE,       /* the region is as the image left it: installed without a certificate */
  CERTIFICATE_NOT_VALID,  /* there is something, and it does not prove that this chip is certified */
  CERTIFICATE_VALID,      /* the product's certificate key signed it */
  CERTIFICATE_VALID_LENT, /* a lease's key signed it, to which the product's certificate key delegated */
} certificate_state;

/* What the chip says of itself. */
typedef struct {
  u16 family;
  const u8 *uid; /* uid_bytes of unique ID, in memory order */
  u32 uid_bytes;
} chip_identity;

/* Judges the certificate in personal_region with the key in certificate_slot.
 * Public input only. Prepares SHA-512 for itself. About 20 M cycles when there is a certificate, 35 M when it is a
 * lease's, and 620 bytes of stack. */
certificate_state certificate_judge(const chip_identity *chip);

#endif
