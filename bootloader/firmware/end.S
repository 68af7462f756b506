@ The two ways out. Both lie first in RAM, so that all behind them can be wiped while they run.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

@ Vectors once chip_start() has set VTOR: page 0 will hold the image's. A fault ends like a delivery: nothing is left in RAM.
@ The first two words are never used as vectors; fail() fits.
  .section .first, "ax", %progbits
  .balign 4
@ void fail(u32 erase): enters FAIL (P-47) from anywhere, on an empty stack.
  .global fail
  .thumb_func
  .type fail, %function
fail:
  ldr  r1, =stack_top
  mov  sp, r1
  ldr  r3, =failed
  bx   r3
  .size fail, . - fail
  .word start_firmware      @ NMI: flash found two wrong bits in a word
  .word start_firmware      @ HardFault

@ void start_firmware(void): wipes all of RAM behind itself, code and stack included, and resets the chip, which
@ starts the firmware (P-37, P-48). The core registers it leaves hold addresses only, or what the caller left in
@ r5-r12: nothing secret is live by then, each key has been wiped after its last use. After a fault r5-r11 hold a few
@ words of whatever was computed.
  .global start_firmware
  .thumb_func
  .type start_firmware, %function
start_firmware:
  ldr  r0, =wiped_from
  ldr  r1, =stack_top
  ldr  r2, =0x05fa0004      @ AIRCR: key, SYSRESETREQ
  ldr  r3, =0xe000ed0c
  movs r4, #0
1:
  stmia r0!, {r4}
  cmp  r0, r1
  blo  1b
  dsb
  str  r2, [r3]
2:
  b    2b
  .size start_firmware, . - start_firmware
  .pool
  .balign 4
wiped_from:
