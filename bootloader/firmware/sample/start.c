/* Vectors and start-up. There are no initialised variables (sample.ld sees to it): zeroing is all there is. */
#include "../suite.h"

void board_tick(void);
void sample_run(void) __attribute__((noreturn));

extern u32 sample_zero_start[], sample_zero_end[], sample_stack_top[];

/* An exception that nobody expects: stay here, where a debugger finds it. */
static void stop(void)
{
  for (;;)
    ;
}

void sample_start(void)
{
  memset(sample_zero_start, 0, (u8 *)sample_zero_end - (u8 *)sample_zero_start);
  sample_run();
}

typedef void (*vector)(void);

/* Armv6-M, section B1.5.3. The first two are the commit word of PROTOCOL section 8. */
__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
  [0] = (vector)sample_stack_top,
  [1] = sample_start,
  [2] = stop,  /* NMI */
  [3] = stop,  /* HardFault */
  [11] = stop, /* SVCall */
  [14] = stop, /* PendSV */
  [15] = board_tick,
};
