@ memcpy, memset and memory_difference, byte by byte from the end (contract: suite.h). In RAM with stage 2.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .section .text.memcpy, "ax", %progbits
  .global memcpy
  .thumb_func
  .type memcpy, %function
1:
  ldrb r3, [r1, r2]
  strb r3, [r0, r2]
memcpy:
  subs r2, #1
  bhs  1b
  bx   lr
  .size memcpy, . - memcpy

  .section .text.memset, "ax", %progbits
  .global memset
  .thumb_func
  .type memset, %function
1:
  strb r1, [r0, r2]
memset:
  subs r2, #1
  bhs  1b
  bx   lr
  .size memset, . - memset

  .section .text.memory_difference, "ax", %progbits
  .global memory_difference
  .thumb_func
  .type memory_difference, %function
memory_difference:
  push {r4, r5, lr}
  movs r4, #0
  b    2f
1:
  ldrb r3, [r0, r2]
  ldrb r5, [r1, r2]
  eors r3, r5
  orrs r4, r3
2:
  subs r2, #1
  bhs  1b
  movs r0, r4
  pop  {r4, r5, pc}
  .size memory_difference, . - memory_difference
