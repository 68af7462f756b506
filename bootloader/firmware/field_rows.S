@ Field arithmetic in assembly: the routines whose carries C would pay for (contract: field.h).
  .syntax unified
  .cpu cortex-m0plus
  .thumb

@ i32 field_nudge(u32 *r, i32 k)
@ Clobbers r0-r3, ip. Carries live in the flag: mov, eors, ldr and stmia leave it alone.
  .section .text.field_nudge, "ax", %progbits
  .global field_nudge
  .thumb_func
  .type field_nudge, %function
field_nudge:
  asrs r2, r1, #31          @ sign words
  movs r3, #32
  adds r3, r3, r0           @ carry flag = 0
  mov  ip, r3
1:
  ldr  r3, [r0]
  adcs r3, r1
  stmia r0!, {r3}
  mov  r1, r2
  mov  r3, ip
  eors r3, r0
  bne  1b
  adcs r3, r2               @ r3 was 0
  movs r0, r3
  bx   lr
  .size field_nudge, . - field_nudge

@ void field_copy(u32 *d, const u32 *s)
@ Clobbers r2, r3, ip; leaves r0 = d + 8, r1 = s + 8.
  .section .text.field_copy, "ax", %progbits
  .global field_copy
  .thumb_func
  .type field_copy, %function
field_copy:
  push {r4, r5}
  ldmia r1!, {r2-r5}
  stmia r0!, {r2-r5}
  ldmia r1!, {r2-r5}
  stmia r0!, {r2-r5}
  pop  {r4, r5}
  bx   lr
  .size field_copy, . - field_copy

@ void field_multiply(u32 *d, const u32 *a, const u32 *b)
@ t[0..15] on the stack; one row for each word of a.
  .section .text.field_multiply, "ax", %progbits
  .global field_multiply
  .thumb_func
  .type field_multiply, %function
field_multiply:
  push {r0, r4-r7, lr}
  sub  sp, #64
  movs r5, r1
  movs r6, r2
  mov  r4, sp
  movs r0, #0
  movs r1, #0
  movs r2, #0
  movs r3, #0
  mov  r7, sp
  stmia r7!, {r0-r3}
  stmia r7!, {r0-r3}        @ r7 = t + 8, where the rows end
1:
  ldmia r5!, {r2}
  movs r1, r6
  movs r0, r4
  ldr  r3, =mac_row8        @ far: it lives in RAM
  blx  r3
  str  r0, [r4, #32]
  adds r4, #4
  cmp  r4, r7
  bne  1b
  movs r1, r4               @ 2^256 = 38 mod p
  mov  r0, sp
  movs r2, #38
  ldr  r3, =mac_row8
  blx  r3
  movs r4, r0
  ldr  r0, [sp, #64]
  mov  r1, sp
  bl   field_copy
  add  sp, #68
  subs r0, #32
  movs r5, r0
  movs r1, r4
@ Adds 38 * carry, twice: the first may carry too. r5 = number, r1 = signed carry out of it.
fold:
  movs r6, #2
1:
  movs r0, #38
  muls r1, r0, r1
  movs r0, r5
  bl   field_nudge
  movs r1, r0
  subs r6, #1
  bne  1b
  pop  {r4-r7, pc}
  .size field_multiply, . - field_multiply

@ d = 121665 * a + b
  .thumb_func
  .type field_mad, %function
field_mad:
  push {r4-r7, lr}
  movs r4, r1
  movs r1, r2
  bl   field_copy
  subs r0, #32
  movs r5, r0
  movs r1, r4
  ldr  r2, =121665
  ldr  r3, =mac_row8
  blx  r3
  movs r1, r0
  b    fold
  .size field_mad, . - field_mad

@ d = a + b (r3 = 0) or a - b (r3 = -1)
  .thumb_func
  .type field_combine, %function
field_combine:
  push {r4-r7, lr}
  movs r6, r0
  adds r6, #32
  mov  r7, r0
  lsrs r4, r3, #1           @ carry in: 1 to complete the complement
1:
  ldmia r1!, {r4}
  ldmia r2!, {r5}
  eors r5, r3
  adcs r4, r5
  stmia r0!, {r4}
  mov  r4, r0
  eors r4, r6
  bne  1b
  adcs r4, r3               @ r4 was 0; no carry out of a subtraction is a borrow
  movs r1, r4
  mov  r5, r7
  b    fold
  .size field_combine, . - field_combine

@ void field_run(const u16 *program)
  .thumb_func
  .global field_run
  .type field_run, %function
field_run:
  push {r4, r5, lr}
  movs r4, r0
  ldr  r5, =field_registers
1:
  ldrh r3, [r4]
  adds r4, #2
  lsls r0, r3, #20
  lsrs r0, r0, #28
  lsls r0, r0, #5
  adds r0, r0, r5
  lsls r1, r3, #24
  lsrs r1, r1, #28
  lsls r1, r1, #5
  adds r1, r1, r5
  lsls r2, r3, #28
  lsrs r2, r2, #23
  adds r2, r2, r5
  lsrs r3, r3, #12
  beq  3f
  subs r3, #2
  blo  4f
  cmp  r3, #2
  beq  5f
  rsbs r3, r3, #0           @ 0 add, -1 subtract
  bl   field_combine
  b    1b
3:
  bl   field_multiply
  b    1b
4:
  bl   field_mad
  b    1b
5:
  pop  {r4, r5, pc}
  .size field_run, . - field_run

@ void field_divide(void)
@ Registers 0 and 1 times f = x^(p-2) = 1/x (Fermat), x being register 2, f register 3, scratch g register 4.
@ p - 2 = 2^255 - 21: 250 one bits, then 01011. With f(n) = x^(2^n - 1): f(2n) = f(n)^(2^n) f(n) and
@ f(n+1) = f(n)^2 x; seven doublings along the bits of 250 behind its first, then plain square and multiply.
@ Branches depend on the exponent alone, which is public.
  .thumb_func
  .global field_divide
  .type field_divide, %function
field_divide:
  push {r4-r7, lr}
  ldr  r4, =field_registers + 96
  movs r0, r4
  movs r1, r4
  subs r1, #32
  bl   field_copy           @ f = x
  movs r5, #1               @ n
  ldr  r6, =(0x7a << 5 | 0x0b) << 20
1:
  cmp  r5, #250
  bhs  4f
  movs r0, r4
  adds r0, #32
  movs r1, r4
  bl   field_copy           @ g = f
  movs r7, r5
2:
  bl   square
  subs r7, #1
  bne  2b
  movs r2, r4
  adds r2, #32
  bl   times                @ f(2n)
  lsls r5, r5, #1
  lsls r6, r6, #1
  bcc  1b
  bl   square
3:
  movs r2, r4
  subs r2, #32
  bl   times                @ f(n + 1)
  adds r5, #1
  cmp  r6, #0
  bne  1b
  b    5f
4:
  bl   square
  lsls r6, r6, #1
  bcc  1b
  b    3b
5:
  movs r5, r4
  subs r5, #96              @ registers 0 and 1
6:
  movs r0, r5
  movs r1, r5
  movs r2, r4
  bl   field_multiply
@ The number below p: twice the top bit comes down as 19, leaving r < 2^255; then r + 19 reaches 2^255 exactly when
@ r >= p, so the third time 19 is added for good measure and taken back unless it did.
  bl   lower_top
  bl   lower_top
  movs r0, r5
  movs r1, #19
  bl   field_nudge
  bl   take_top
  subs r1, #19
  movs r0, r5
  bl   field_nudge
  adds r5, #32
  movs r0, r4
  subs r0, #32
  cmp  r5, r0
  bne  6b
  pop  {r4-r7, pc}

square:                     @ f = f * f
  movs r2, r4
times:                      @ f = f * r2
  movs r0, r4
  movs r1, r4
  b    field_multiply

lower_top:
  mov  r7, lr
  bl   take_top
  movs r0, r5
  mov  lr, r7
  b    field_nudge
take_top:                   @ clears bit 255 of the number at r5; r1 = 19 times that bit
  ldr  r0, [r5, #28]
  lsrs r1, r0, #31
  lsls r0, r0, #1
  lsrs r0, r0, #1
  str  r0, [r5, #28]
  movs r0, #19
  muls r1, r0, r1
  bx   lr
  .size field_divide, . - field_divide
  .pool
