/* Judges the device certificate (contract: certificate.h; PROTOCOL section 12). */
#include "certificate.h"
#include "../sha512.h"

#define VERSION 1
#define SIGNED_BY_PRODUCT_KEY 1

static const char label[16] = "flashseal cert";

/* Returns 0 if every byte is value. */
static u32 other_than(u8 value, const void *data, u32 bytes)
{
  const u8 *from = data;
  u32 found = 0;
  while (bytes--)
    found |= *from++ ^ value;
  return found;
}

/* Returns 0 if what was signed is a certificate of this product for this chip. */
static u32 flaw(const certificate *is, const chip_identity *chip)
{
  u32 found = memory_difference(is->label, label, sizeof label);
  found |= is->version ^ VERSION;
  found |= is->signer ^ SIGNED_BY_PRODUCT_KEY;
  found |= is->family ^ chip->family;
  found |= is->reserved;
  found |= memory_difference(is->owner, certificate_slot.owner, sizeof is->owner);
  found |= memory_difference(is->product, certificate_slot.product, sizeof is->product);
  /* P-4: the chip's unique ID, filled up with zeros. */
  found |= memory_difference(is->uid, chip->uid, chip->uid_bytes);
  found |= other_than(0, is->uid + chip->uid_bytes, sizeof is->uid - chip->uid_bytes);
  return found;
}

certificate_state certificate_judge(const chip_identity *chip)
{
  const certificate *sealed = &personal_region.sealed;
  const u32 filled_bytes = sizeof certificate_slot - sizeof certificate_slot.mark;
  if (!other_than(0xff, &certificate_slot.key, filled_bytes))
    return CERTIFICATE_NO_KEY;
  if (!other_than(0xff, &personal_region, sizeof personal_region))
    return CERTIFICATE_NONE;
  sha512_prepare();
  /* P-2: what was received is verified, and read afterwards. */
  u32 answer = ed25519_verify(sealed->signature, sealed, CERTIFICATE_SIGNED_BYTES, &certificate_slot.key);
  if (answer != SUITE_YES || flaw(sealed, chip) || other_than(0xff, personal_region.rest, sizeof personal_region.rest))
    return CERTIFICATE_NOT_VALID;
  return CERTIFICATE_VALID;
}
