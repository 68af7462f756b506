@ The multiply-accumulate row (contract: mac_row.h). It runs from RAM with stage 2, so that the curve in
@ flash pays no wait states for it.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .section .text.mac_row, "ax", %progbits
  .balign 4
  .global mac_row4
  .thumb_func
  .type mac_row4, %function
mac_row4:
  movs r3, #4
  b    mac_row
  .global mac_row8
  .thumb_func
  .type mac_row8, %function
mac_row8:
  movs r3, #8
  .global mac_row
  .thumb_func
  .type mac_row, %function
mac_row:
  push {r4-r7, lr}
  lsls r3, r3, #2
  adds r3, r3, r1
  mov  ip, r3               @ end of b
  lsrs r3, r2, #16          @ a high
  uxth r2, r2               @ a low
  movs r4, #0
1:                          @ the carry word is in r4 here
  mov  lr, r4
  ldmia r1!, {r4}
  uxth r5, r4               @ b low
  lsrs r4, r4, #16          @ b high
  mov  r6, r5
  mov  r7, r4
  muls r6, r2, r6           @ low  x low
  muls r5, r3, r5           @ b low x a high
  muls r7, r2, r7           @ b high x a low
  muls r4, r3, r4           @ high x high
  adds r5, r5, r7           @ both middle products: 33 bits
  movs r7, #0
  adcs r7, r7
  lsls r7, r7, #16
  adds r4, r4, r7           @ the 33rd bit weighs 2^48; cannot carry out
  lsls r7, r5, #16
  lsrs r5, r5, #16
  adds r6, r6, r7
  adcs r4, r5               @ r4:r6 = a * b
  movs r7, #0
  mov  r5, lr
  adds r6, r6, r5
  adcs r4, r7
  ldr  r5, [r0]
  adds r6, r6, r5
  adcs r4, r7               @ a * b + carry + t < 2^64
  stmia r0!, {r6}
  cmp  r1, ip
  bne  1b
  movs r0, r4
  pop  {r4-r7, pc}
  .size mac_row, . - mac_row
