/* The target's half of Noise_NK_25519_ChaChaPoly_SHA512 (contract: handshake.h). */
#include "handshake.h"
#include "chips/chip.h"
#include "ed25519.h"
#include "frames.h"
#include "noise.h"
#include "session.h"
#include "sha512.h"
#include "x25519.h"

static const u8 protocol_name[32] __attribute__((nonstring)) = "Noise_NK_25519_ChaChaPoly_SHA512";
/* Label, version, suite, pattern: all there is in version 1. */
static const u8 ticket_label[19] __attribute__((nonstring)) = "flashseal ticket\1\1\1";

/* P-13: the one place that says whether the signature holds, over the bytes as they came (P-2). */
NOINLINE u32 decide_signature(const ticket *sealed)
{
  return ed25519_verify((const u8 *)(sealed + 1), sealed, sizeof *sealed, (const ed25519_key *)installed.ticket_key);
}

/* P-14 to P-18: 0 when the ticket is for this target. */
static u32 misfit(const ticket *t)
{
  const session_state *s = &session;
  NEAR(s);
  u32 length = t->permits.length, offset = t->permits.personal_offset, bytes = t->permits.personal_length;
  /* P-14. */
  u32 wrong = memory_difference(t->label, ticket_label, sizeof ticket_label);
  wrong |= memory_difference(t->ticket_key_id, installed.ticket_key_id, 12);
  wrong |= t->family ^ s->self.family;
  wrong |= (t->policy & ~1u) | t->reserved;
  for (u32 i = 4; i--;) {
    wrong |= t->reserved2[i];
    /* P-15. */
    wrong |= (s->self.uid[i] ^ t->uid_value[i]) & t->uid_mask[i];
  }
  /* P-16, P-17. */
  wrong |= length % CHUNK_BYTES | (offset | bytes) % 8;
  if (length - 1 >= s->self.flash_kb * 1024u || bytes > PERSONAL_BYTES_MAX)
    wrong = 1;
  if (bytes ? offset < 8 || offset > length || bytes > length - offset : offset)
    wrong = 1;
  /* P-18. */
  return wrong | options_differ(&t->options, t->lock_level);
}

/* MixHash: begun here; the caller ends it into session.hash. */
static NOINLINE void begin_mix_hash(const void *data, u32 bytes)
{
  sha512_begin();
  sha512_add(session.hash, sizeof session.hash);
  sha512_add(data, bytes);
}

static void mix_hash(const void *data, u32 bytes)
{
  begin_mix_hash(data, bytes);
  sha512_end(session.hash);
}

/* MixKey of the DH of e and theirs; leaves the cipher of the message's payload. The result of the DH and the key
 * are on the stack only. */
static void mix_dh(const u8 *theirs, aead *cipher)
{
  u8 key[64];
  session_state *s = &session;
  NEAR(s);
  /* P-22. */
  if (x25519(key, s->ephemeral, theirs) != SUITE_YES)
    fail(KEEP_FLASH);
  noise_hkdf(s->chaining_key, key, key, 32);
  memset(cipher, 0, sizeof *cipher);
  memcpy(cipher->key, key, 32);
  cipher->associated = s->hash;
  cipher->associated_bytes = sizeof s->hash;
}

/* P-23, P-24: a fresh key for each handshake, from 64 raw bytes that passed the test. */
static void draw_ephemeral(void)
{
  u32 raw[16];
  if (chip_random(raw) != SUITE_YES)
    fail(KEEP_FLASH);
  sha512_begin();
  sha512_add(raw, sizeof raw);
  /* The second half runs into session.hash, which begins afterwards. */
  sha512_end(session.ephemeral);
}

void make_message1(void)
{
  session_state *s = &session;
  const ticket *t = &frame.as_ticket;
  u8 *e = answer.body;
  aead cipher;
  NEAR(s);
  NEAR(t);
  NEAR(e);
  frame_working();
  sha512_prepare();
  /* Both decided twice: one skipped branch is not enough. */
  volatile u32 verdict = decide_signature(t), wrong = misfit(t);
  if (verdict != SUITE_YES || wrong)
    fail(KEEP_FLASH);
  draw_ephemeral();
  if (verdict != SUITE_YES || wrong)
    fail(KEEP_FLASH);
  memcpy(&s->permitted, &t->permits, sizeof s->permitted);
  memcpy(s->ticket_id, t->ticket_id, sizeof s->ticket_id);

  memcpy(s->hash, protocol_name, sizeof protocol_name);
  memcpy(s->chaining_key, protocol_name, sizeof protocol_name);
  mix_hash(t, SEALED_TICKET_BYTES);
  mix_hash(t->t, 32);
  x25519(e, s->ephemeral, NULL);
  mix_hash(e, 32);
  mix_dh(t->t, &cipher);
  /* P-25. */
  message1_payload *payload = (message1_payload *)(e + 32);
  payload->family = s->self.family;
  payload->chip_id = s->self.chip_id;
  memcpy(&payload->bootloader, &s->self.bootloader, 4 + 16);
  payload->entropy = s->self.entropy;
  payload->lock = s->self.lock;
  payload->debug = s->self.debug;
  payload->reserved = 0;
  payload->flash_kb = s->self.flash_kb;
  payload->reserved2 = 0;
  aead_seal(&cipher, (u8 *)payload, sizeof *payload);
  mix_hash(payload, sizeof *payload + TAG_BYTES);
}

void take_message2(void)
{
  session_state *s = &session;
  u32 bytes = KEYS_BYTES + s->permitted.personal_length;
  u8 *body = frame.body;
  u8 second[64];
  aead cipher;
  NEAR(s);
  NEAR(body);
  frame_working();
  mix_hash(body, 32);
  mix_dh(body, &cipher);
  memset(s->ephemeral, 0, sizeof s->ephemeral);
  /* The payload is hashed as it came, and opened in place under h as it was before. */
  body += 32;
  begin_mix_hash(body, bytes + TAG_BYTES);
  if (aead_open(&cipher, body, bytes) != SUITE_YES)
    fail(KEEP_FLASH);
  sha512_end(s->hash);
  memcpy(&granted, body, bytes);
  /* P-28: Split(). It overwrites the chaining key with the first key; the second is 64 bytes long on the way. */
  noise_hkdf(s->chaining_key, second, second, 0);
  memcpy(s->up.key, s->chaining_key, 32);
  memcpy(s->down.key, second, 32);
}
