/* The state FAIL (P-47): wipe, erase if the image was on its way, answer STATUS until power goes. */
#include "chips/chip.h"
#include "frames.h"
#include "session.h"

/* What failed() itself has at the top of the stack while it wipes the rest: what it pushed; memset pushes nothing. */
#define FAILED_STACK_BYTES 8

extern u32 secrets_start[], stack_top[];

/* Called by fail() on an empty stack. */
NORETURN void failed(u32 erase)
{
  /* All variables but the number of the frame accepted last, and the stack but the little that is in use. */
  memset(secrets_start, 0, (u32)stack_top - (u32)secrets_start - FAILED_STACK_BYTES);
  if (erase)
    flash_erase_all();
  for (;;) {
    /* P-49: there is one answer for every cause. */
    answer.body[0] = NOT_AUTHENTIC;
    frame_answer(STATUS, 1);
    frame_receive(FOREVER);
  }
}
