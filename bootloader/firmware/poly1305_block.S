@ void poly1305_block(u32 *w, const u32 *block): one whole block of Poly1305 (RFC 8439, section 2.5.1).
@ w: sum[5], then r[4]. sum = (sum + block + 2^128) r mod 2^130 - 5, up to a multiple: it stays below 2^131.
@ Stack 80 bytes, about 1,400 cycles, constant time. Runs from RAM.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .section .text.poly1305_block, "ax", %progbits
  .balign 4
  .global poly1305_block
  .thumb_func
  .type poly1305_block, %function
poly1305_block:
  push {r4-r7, lr}
  sub  sp, #40              @ t[10], the last word unused
  movs r4, r0
  movs r2, #1
  bl   mac_row4
  ldr  r1, [r4, #16]
  adds r0, #1               @ 2^128
  adds r1, r1, r0
  str  r1, [r4, #16]
  movs r0, #0
  movs r1, #0
  movs r2, #0
  movs r3, #0
  mov  r5, sp
  stmia r5!, {r0-r3}
  mov  r6, sp
  movs r5, r4
  movs r7, r4
  adds r7, #20              @ r, behind sum
1:
  ldmia r5!, {r2}
  movs r1, r7
  movs r0, r6
  bl   mac_row4
  str  r0, [r6, #16]
  adds r6, #4
  cmp  r5, r7
  bne  1b
  mov  r6, sp               @ sum = t mod 2^130
  ldmia r6!, {r0-r3, r5}
  movs r7, #3
  ands r7, r5
  movs r5, r4
  stmia r5!, {r0-r3}
  subs r6, #4
  movs r5, #4
2:                          @ t[4..7] = t >> 130; below 2^125, for the product is below 2^255
  ldr  r0, [r6]
  ldr  r1, [r6, #4]
  lsrs r0, r0, #2
  lsls r1, r1, #30
  orrs r0, r1
  stmia r6!, {r0}
  subs r5, #1
  bne  2b
  movs r1, r6
  subs r1, #16
  movs r0, r4
  movs r2, #5
  bl   mac_row4
  adds r0, r0, r7
  str  r0, [r4, #16]
  add  sp, #40
  pop  {r4-r7, pc}
  .size poly1305_block, . - poly1305_block
