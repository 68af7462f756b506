@ void sha512_block(void *state): the compression of SHA-512 (FIPS 180-4, section 6.4.2).
@ state: chain[8] (64 bits each, little-endian), block[128], which becomes the message schedule W[16].
@
@ The eight working variables lie upwards from r7 as a b c d e f g h. A round writes one number below a and
@ changes d in place, so moving r7 down by one number renames all of them. After 16 rounds they are
@ copied back up.
@ Registers: r7 variables, r8 W, r9 next constant, r10 8 * round, r11 state.
@ Stack 228 bytes. About 19,000 cycles for 128 bytes. Constant time.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

@ out = x rotated right by n (64 bits); first of a sum, n < 32
.macro rotate_first out_lo, out_hi, x_lo, x_hi, n, t
  lsrs \out_lo, \x_lo, #\n
  lsls \t, \x_hi, #32 - \n
  eors \out_lo, \t
  lsrs \out_hi, \x_hi, #\n
  lsls \t, \x_lo, #32 - \n
  eors \out_hi, \t
.endm

@ out ^= x rotated right by n; for n > 32 the caller swaps the halves of x and takes n - 32
.macro rotate_xor out_lo, out_hi, x_lo, x_hi, n, t
  lsrs \t, \x_lo, #\n
  eors \out_lo, \t
  lsls \t, \x_hi, #32 - \n
  eors \out_lo, \t
  lsrs \t, \x_hi, #\n
  eors \out_hi, \t
  lsls \t, \x_lo, #32 - \n
  eors \out_hi, \t
.endm

@ out ^= x shifted right by n
.macro shift_xor out_lo, out_hi, x_lo, x_hi, n, t
  lsrs \t, \x_lo, #\n
  eors \out_lo, \t
  lsls \t, \x_hi, #32 - \n
  eors \out_lo, \t
  lsrs \t, \x_hi, #\n
  eors \out_hi, \t
.endm

  .section .text.sha512_block, "ax", %progbits
  .balign 4
  .global sha512_block
  .thumb_func
  .type sha512_block, %function
sha512_block:
  push {r4-r7, lr}
  mov  r4, r8
  mov  r5, r9
  mov  r6, r10
  mov  r7, r11
  push {r4-r7}
  sub  sp, #192
  mov  r11, r0
  movs r1, r0
  adds r1, #64
  mov  r8, r1
  movs r4, #16
1:                          @ the block is big-endian
  ldr  r3, [r1]
  ldr  r2, [r1, #4]
  rev  r3, r3
  rev  r2, r2
  stmia r1!, {r2, r3}
  subs r4, #1
  bne  1b
  mov  r10, r4              @ round 0
  ldr  r1, =sha512_constants
  mov  r9, r1
  mov  r7, r11
sixteen_rounds:
  add  r2, sp, #128
  movs r0, #4
1:
  ldmia r7!, {r3-r6}
  stmia r2!, {r3-r6}
  subs r0, #1
  bne  1b
  add  r7, sp, #128
round:
  ldr  r4, [r7, #32]        @ e
  ldr  r5, [r7, #36]
  rotate_first r0, r1, r4, r5, 14, r2
  rotate_xor   r0, r1, r4, r5, 18, r2
  rotate_xor   r0, r1, r5, r4, 9, r2     @ 41
  ldr  r2, [r7, #40]        @ Ch = g ^ (e & (f ^ g)); logic leaves the carry alone
  ldr  r3, [r7, #48]
  eors r2, r3
  ands r2, r4
  eors r2, r3
  adds r0, r0, r2
  ldr  r2, [r7, #44]
  ldr  r3, [r7, #52]
  eors r2, r3
  ands r2, r5
  eors r2, r3
  adcs r1, r2
  ldr  r4, [r7, #56]        @ h
  ldr  r5, [r7, #60]
  adds r0, r0, r4
  adcs r1, r5
  mov  r6, r9               @ K
  ldmia r6!, {r4, r5}
  mov  r9, r6
  adds r0, r0, r4
  adcs r1, r5
  movs r4, #0               @ W
  bl   schedule_word
  adds r0, r0, r4
  adcs r1, r5               @ T1
  ldr  r4, [r7, #24]        @ d + T1 is the next e
  ldr  r5, [r7, #28]
  adds r4, r4, r0
  adcs r5, r1
  str  r4, [r7, #24]
  str  r5, [r7, #28]
  ldr  r4, [r7]             @ a
  ldr  r5, [r7, #4]
  rotate_first r2, r3, r4, r5, 28, r6
  rotate_xor   r2, r3, r5, r4, 2, r6     @ 34
  rotate_xor   r2, r3, r5, r4, 7, r6     @ 39
  adds r0, r0, r2
  adcs r1, r3
  ldr  r2, [r7, #8]         @ Maj = b ^ ((a ^ b) & (b ^ c))
  ldr  r3, [r7, #16]
  eors r3, r2
  eors r4, r2
  ands r4, r3
  eors r4, r2
  adds r0, r0, r4
  ldr  r2, [r7, #12]
  ldr  r3, [r7, #20]
  eors r3, r2
  eors r5, r2
  ands r5, r3
  eors r5, r2
  adcs r1, r5
  subs r7, #8
  str  r0, [r7]             @ T1 + T2 is the next a
  str  r1, [r7, #4]

  movs r4, #8               @ W[t+16] = s0(W[t+1]) + s1(W[t+14]) + W[t+9] + W[t]
  bl   schedule_word        @ (sixteen more than are used)
  rotate_first r0, r1, r4, r5, 1, r6
  rotate_xor   r0, r1, r4, r5, 8, r6
  shift_xor    r0, r1, r4, r5, 7, r6
  movs r4, #8 * 14
  bl   schedule_word
  rotate_first r2, r3, r4, r5, 19, r6
  rotate_xor   r2, r3, r5, r4, 29, r6    @ 61
  shift_xor    r2, r3, r4, r5, 6, r6
  adds r0, r0, r2
  adcs r1, r3
  movs r4, #8 * 9
  bl   schedule_word
  adds r0, r0, r4
  adcs r1, r5
  movs r4, #0
  bl   schedule_word
  adds r0, r0, r4
  adcs r1, r5
  stmia r6!, {r0, r1}

  mov  r0, r10
  adds r0, #8
  mov  r10, r0
  lsls r1, r0, #25          @ r10 mod 128
  beq  1f
  b    round
1:
  lsrs r0, r0, #7
  cmp  r0, #5
  beq  2f
  b    sixteen_rounds
2:

  mov  r0, r11
  movs r6, #8
1:
  ldmia r7!, {r4, r5}
  ldr  r2, [r0]
  ldr  r3, [r0, #4]
  adds r2, r2, r4
  adcs r3, r5
  stmia r0!, {r2, r3}
  subs r6, #1
  bne  1b
  add  sp, #192
  pop  {r4-r7}
  mov  r8, r4
  mov  r9, r5
  mov  r10, r6
  mov  r11, r7
  pop  {r4-r7, pc}

@ r4 = 8 k -> r5:r4 = W[(round + k) mod 16], r6 = its address
schedule_word:
  add  r4, r10
  movs r6, #120
  ands r6, r4
  add  r6, r8
  ldr  r4, [r6]
  ldr  r5, [r6, #4]
  bx   lr
  .size sha512_block, . - sha512_block
  .pool
