@ void chacha20_rounds(u32 *x): the twenty rounds of RFC 8439, section 2.3, on 16 words in place.
@ Stack 20 bytes, about 4,400 cycles, constant time.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

  .section .text.chacha20_rounds, "ax", %progbits
  .balign 4
  .global chacha20_rounds
  .thumb_func
  .type chacha20_rounds, %function
chacha20_rounds:
  push {r4-r7, lr}
  movs r1, r0
  movs r2, #10
double_round:
  adr  r3, quarters
quarter_round:
  ldrb r0, [r3, #0]
  ldr  r4, [r1, r0]
  ldrb r0, [r3, #1]
  ldr  r5, [r1, r0]
  ldrb r0, [r3, #2]
  ldr  r6, [r1, r0]
  ldrb r0, [r3, #3]
  ldr  r7, [r1, r0]
  adds r4, r4, r5
  eors r7, r4
  movs r0, #16
  rors r7, r0
  adds r6, r6, r7
  eors r5, r6
  movs r0, #20
  rors r5, r0
  adds r4, r4, r5
  eors r7, r4
  movs r0, #24
  rors r7, r0
  adds r6, r6, r7
  eors r5, r6
  movs r0, #25
  rors r5, r0
  ldrb r0, [r3, #0]
  str  r4, [r1, r0]
  ldrb r0, [r3, #1]
  str  r5, [r1, r0]
  ldrb r0, [r3, #2]
  str  r6, [r1, r0]
  ldrb r0, [r3, #3]
  str  r7, [r1, r0]
  adds r3, #4
  ldrb r0, [r3]
  cmp  r0, #64              @ the byte behind the table
  bne  quarter_round
  subs r2, #1
  bne  double_round
  pop  {r4-r7, pc}
  .balign 4
quarters:                   @ byte offsets of a, b, c, d: four columns, then four diagonals
  .byte 0, 16, 32, 48,  4, 20, 36, 52,  8, 24, 40, 56,  12, 28, 44, 60
  .byte 0, 20, 40, 60,  4, 24, 44, 48,  8, 28, 32, 52,  12, 16, 36, 56
  .byte 64, 0
  .size chacha20_rounds, . - chacha20_rounds
