/* Digest, commit, receipt and the state DONE (PROTOCOL sections 8 and 9), from RAM. */
#include "chips/chip.h"
#include "frames.h"
#include "session.h"
#include "sha512.h"

/* P-37: nominal. */
#define DONE_MS 2000

#define FLASH_BYTES(offset) ((const u8 *)CHIP_FLASH + (offset))

/* P-36 (2): the one place that says whether flash holds the image. */
NOINLINE u32 decide_digest(const u8 *digest)
{
  return memory_difference(digest, session.permitted.image_digest, 32) ^ SUITE_YES;
}

/* Section 8: over the whole flash, the first word taken from RAM, the personal region as ones. Writes 64 bytes. The
 * content of the personal region is not needed any more: its place holds the ones. */
static void digest_flash(const u32 *first_word, u8 *digest, grant *g)
{
  static const u8 label[16] __attribute__((nonstring)) = "flashseal digest";
  u32 bytes = session.permitted.personal_length;
  u32 from = bytes ? session.permitted.personal_offset : 8, to = from + bytes;
  sha512_begin();
  sha512_add(label, sizeof label);
  sha512_add(g->salt, sizeof g->salt);
  sha512_add(first_word, 8);
  sha512_add(FLASH_BYTES(8), from - 8);
  memset(g->personal, 0xff, bytes);
  sha512_add(g->personal, bytes);
  sha512_add(FLASH_BYTES(to), session.self.flash_kb * 1024 - to);
  sha512_end(digest);
}

NORETURN void install(const u32 *first_word)
{
  static const u8 label[16] = "flashseal rcpt";
  receipt_report *report = &answer.as_report;
  session_state *s = &session;
  grant *g = &granted;
  NEAR(report);
  NEAR(s);
  NEAR(g);
  const u8 *personal = FLASH_BYTES(s->permitted.personal_offset);
  u32 bytes = s->permitted.personal_length;

  /* P-36 (1). */
  if (memory_difference(personal, g->personal, bytes))
    fail(ERASE_FLASH);
  /* Each hash is 64 bytes long and runs into the field behind, which is written next. */
  digest_flash(first_word, report->digest, g);
  volatile u32 verdict = decide_digest(report->digest);
  if (verdict != SUITE_YES)
    fail(ERASE_FLASH);
  sha512_begin();
  sha512_add(personal, bytes);
  sha512_end(report->personal_hash);
  /* P-36: the commit, decided a second time before it. From here on the chip starts the firmware. */
  if (verdict != SUITE_YES || flash_write(0, first_word))
    fail(ERASE_FLASH);

  /* Section 9. The MAC is 64 bytes long; the second half is not sent. */
  report->lock = s->self.lock;
  report->entropy = s->self.entropy;
  report->outcome = 1;
  report->reserved = 0;
  hmac_begin(g->receipt_key, 32);
  sha512_add(label, sizeof label);
  sha512_add(s->hash, sizeof s->hash);
  sha512_add(s->self.uid, sizeof s->self.uid);
  sha512_add(s->ticket_id, sizeof s->ticket_id);
  sha512_add(report, offsetof(receipt_report, mac));
  hmac_end(g->receipt_key, 32, report->mac);
  memset(g, 0, sizeof *g);
  aead_seal(&s->up, report->digest, RECEIPT_CLEAR_BYTES);

  /* P-37: one receipt, as often as it is asked for. Bound: 2 s without a frame. */
  u32 got;
  do {
    frame_answer(RECEIPT, RECEIPT_BYTES);
    got = frame_receive(DONE_MS);
  } while (got == FRAME(POLL, 0));
  if (got == FRAME(ACK, TAG_BYTES) && aead_open(&s->down, frame.body, 0) == SUITE_YES) {
    frame_answer(BYE, 0);
  } else if (got) {
    report->digest[0] = NOT_AUTHENTIC;
    frame_answer(STATUS, 1);
  }
  /* P-48. */
  start_firmware();
}
