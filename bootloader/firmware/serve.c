/*
 * The states OPEN, READY and KEYING (PROTOCOL section 11), from flash. Every message that the table does not allow
 * leads to fail(); TRANSFER, DONE and FAIL live in RAM.
 */
#include "chips/chip.h"
#include "frames.h"
#include "handshake.h"
#include "session.h"

/* 0x00MMmmpp, set by the build. */
#ifndef BOOTLOADER_VERSION
#error "BOOTLOADER_VERSION is given by the build"
#endif

/* Far from each other and from 0 and 1. */
#define OPEN 0x5au
#define READY 0xa5u
#define KEYING 0x3cu

/* P-18, P-42: are these options and this lock level in force? 0 if so. */
u32 options_differ(const option_words *want, u32 lock_level)
{
  u32 wrong = session.self.lock ^ lock_level;
  for (u32 i = 0; i < 4; i++)
    wrong |= (session.self.options[i] ^ want->value[i]) & want->mask[i];
  return wrong;
}

NORETURN void serve(void)
{
  session_state *s = &session;
  u32 state = OPEN;
  NEAR(s);
  chip_start();
  chip_describe(&s->self);
  /* Version, lock level and family, as one word. Without an install block there is neither link nor lock: nothing to
   * do but stay shut. */
  u32 level = installed.lock_level;
  if (*(const u32 *)&installed.version != (1u | level << 8 | (u32)CHIP_FAMILY << 16) || level - 1 > 1)
    for (;;)
      ;
  s->self.version = 1;
  s->self.window = 1; /* P-6: one exchange at a time */
  s->self.bootloader = BOOTLOADER_VERSION;
  memcpy(s->self.ticket_key_id, installed.ticket_key_id, 12);
  if (options_differ(&installed.options, level))
    chip_set_options(&s->self); /* P-42: resets the chip, or had its try */
  else
    state = READY;
  chip_open_link();

  for (;;) {
    u32 got = frame_receive(FOREVER);
    if (got == FRAME(HELLO, 1) && state != KEYING) {
      /* P-54: the answer to any version is this one. */
      memcpy(answer.body, &s->self, sizeof s->self);
      frame_answer(HELLO_REPLY, sizeof s->self);
    } else if (got == FRAME(TICKET, SEALED_TICKET_BYTES) && state == READY) {
      make_message1();
      state = KEYING;
      frame_answer(MESSAGE1, MESSAGE1_BYTES);
    } else if (got == FRAME(MESSAGE2, MESSAGE2_BYTES(s->permitted.personal_length)) && state == KEYING) {
      take_message2();
      transfer();
    } else if (got) {
      fail(KEEP_FLASH);
    }
  }
}
