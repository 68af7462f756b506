/* Judges the device certificate (contract: certificate.h; PROTOCOL sections 12 and 13). */
#include "certificate.h"
#include "../sha512.h"
#include "point.h"

#define VERSION 1
#define SIGNED_BY_PRODUCT_KEY 1
#define SIGNED_BY_LEASE_KEY 2
#define VAULT_FILE 1
#define LEASE_KEY_BYTES 32

static const char label[16] = "flashseal cert";
static const char delegation_label[16] = "flashseal deleg";

/* The point of the lease's key, while its signature is checked. */
static ed25519_key lease_key;

/* Returns 0 if every byte is value. */
static u32 other_than(u8 value, const void *data, u32 bytes)
{
  const u8 *from = data;
  u32 found = 0;
  while (bytes--)
    found |= *from++ ^ value;
  return found;
}

/* Returns 0 if what was signed is a certificate of this product for this chip, by this kind of signer. */
static u32 flaw(const certificate *is, const chip_identity *chip, u32 signer)
{
  u32 found = memory_difference(is->label, label, sizeof label);
  found |= is->version ^ VERSION;
  found |= is->signer ^ signer;
  found |= is->family ^ chip->family;
  found |= is->reserved;
  found |= memory_difference(is->owner, certificate_slot.owner, sizeof is->owner);
  found |= memory_difference(is->product, certificate_slot.product, sizeof is->product);
  /* P-4: the chip's unique ID, filled up with zeros. */
  found |= memory_difference(is->uid, chip->uid, chip->uid_bytes);
  found |= other_than(0, is->uid + chip->uid_bytes, sizeof is->uid - chip->uid_bytes);
  return found;
}

/* Returns 0 if what was signed delegates to the key of this certificate's lease, within its units (P-56). A lease of vault
 * `tpm` has a P-256 key, which this suite does not know. */
static u32 delegation_flaw(const delegation *lent, const certificate *is)
{
  u32 found = memory_difference(lent->label, delegation_label, sizeof delegation_label);
  found |= lent->version ^ VERSION;
  found |= lent->vault ^ VAULT_FILE;
  found |= lent->reserved | lent->reserved2;
  found |= memory_difference(lent->owner, certificate_slot.owner, sizeof lent->owner);
  found |= memory_difference(lent->product, certificate_slot.product, sizeof lent->product);
  found |= memory_difference(lent->release, is->release, sizeof lent->release);
  found |= memory_difference(lent->lease, is->lease, sizeof lent->lease);
  found |= !other_than(0, lent->lease, sizeof lent->lease);
  found |= other_than(0, lent->lease_key + LEASE_KEY_BYTES, sizeof lent->lease_key - LEASE_KEY_BYTES);
  /* Serial 0 wraps round to more than any number of units. */
  found |= is->serial - 1 >= lent->units;
  return found;
}

/* Returns SUITE_YES if the product's key signed the delegation, and the key that it names the certificate. */
static u32 verify_lent(const certificate *sealed, const delegation *lent)
{
  /* P-2: what was received is verified, and read afterwards. */
  u32 answer = ed25519_verify(lent->signature, lent, DELEGATION_SIGNED_BYTES, &certificate_slot.key);
  if (answer != SUITE_YES)
    return answer;
  answer = ed25519_key_from(&lease_key, lent->lease_key);
  if (answer != SUITE_YES)
    return answer;
  return ed25519_verify(sealed->signature, sealed, CERTIFICATE_SIGNED_BYTES, &lease_key);
}

certificate_state certificate_judge(const chip_identity *chip)
{
  const certificate *sealed = &personal_region.sealed;
  const delegation *lent = &personal_region.lent;
  const u32 filled_bytes = sizeof certificate_slot - sizeof certificate_slot.mark;
  if (!other_than(0xff, &certificate_slot.key, filled_bytes))
    return CERTIFICATE_NO_KEY;
  if (!other_than(0xff, &personal_region, sizeof personal_region))
    return CERTIFICATE_NONE;
  sha512_prepare();
  if (other_than(0xff, personal_region.rest, sizeof personal_region.rest))
    return CERTIFICATE_NOT_VALID;
  if (!other_than(0xff, lent, sizeof *lent)) {
    /* P-2: what was received is verified, and read afterwards. */
    u32 answer = ed25519_verify(sealed->signature, sealed, CERTIFICATE_SIGNED_BYTES, &certificate_slot.key);
    if (answer != SUITE_YES || flaw(sealed, chip, SIGNED_BY_PRODUCT_KEY))
      return CERTIFICATE_NOT_VALID;
    return CERTIFICATE_VALID;
  }
  if (verify_lent(sealed, lent) != SUITE_YES)
    return CERTIFICATE_NOT_VALID;
  if (flaw(sealed, chip, SIGNED_BY_LEASE_KEY) | delegation_flaw(lent, sealed))
    return CERTIFICATE_NOT_VALID;
  return CERTIFICATE_VALID_LENT;
}
