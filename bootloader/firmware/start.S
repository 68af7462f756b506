@ Page 0: vectors, install block, wipe, start-up check, start-up. Nothing here needs a byte beyond page 0 until the
@ check has passed (P-41), so a mixture of bootloader and anything else is never executed.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .section .page0, "ax", %progbits
  .balign 4
  .word stack_top
  .word reset
  .word stop                @ NMI: flash found two wrong bits in a word (a torn write)
  .word stop                @ HardFault

  .global installed
  .type installed, %object
installed:                  @ PROTOCOL section 10: patched in by the host
  .fill 200, 1, 0xff
  .size installed, . - installed

  .global start_check
  .type start_check, %object
start_check:                @ first address behind the bootloader, CRC-32 of all beyond page 0: by the build
  .fill 2, 4, 0xffffffff
  .size start_check, . - start_check

  .thumb_func
  .global reset
  .type reset, %function
reset:
  cpsid i                   @ for good: everything is polled
  ldr  r0, =resident_start  @ RAM is wiped before anything can stop: it may hold keys of a run that a reset ended
  ldr  r1, =stack_top
  movs r3, #0
1:
  stmia r0!, {r3}
  cmp  r0, r1
  blo  1b

  ldr  r0, =start_check
  ldmia r0!, {r1, r2}
  ldr  r0, =beyond_page0
  ldr  r4, =0xedb88320      @ CRC-32, reflected
  mvns r3, r3
1:                          @ bound: the bytes of the bootloader, at most 8,192
  ldrb r5, [r0]
  eors r3, r5
  movs r6, #8
2:
  lsrs r3, r3, #1
  bcc  3f
  eors r3, r4
3:
  subs r6, #1
  bne  2b
  adds r0, #1
  cmp  r0, r1
  blo  1b
  mvns r3, r3
  cmp  r3, r2
  bne  stop                 @ P-41

  ldr  r0, =resident_start  @ stage 2, the last of what was checked, goes to RAM (P-35)
  ldr  r2, =resident_load
4:
  ldmia r2!, {r3}
  stmia r0!, {r3}
  cmp  r2, r1
  blo  4b
  bl   serve

  .thumb_func
  .type stop, %function
stop:                       @ only power-on leads out
  b    stop
  .size reset, . - reset
  .pool
