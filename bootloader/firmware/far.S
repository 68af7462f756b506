@ Steps from flash to RAM, which BL cannot reach: the build makes a call of NAME in stage 1 one of far_NAME. Clobbers r3: no routine here takes four arguments.
  .syntax unified
  .cpu cortex-m0plus
  .thumb

.macro far name
  .section .text.far_\name, "ax", %progbits
  .balign 4
  .global far_\name
  .thumb_func
  .type far_\name, %function
far_\name:
  ldr  r3, 1f
  bx   r3
1: .word \name
  .size far_\name, . - far_\name
.endm

  far memcpy
  far memset
  far memory_difference
  far mac_row8
  far sha512_begin
  far sha512_add
  far sha512_end
  far hmac_begin
  far hmac_end
  far aead_seal
  far aead_open
  far frame_receive
  far frame_answer
  far frame_working
  far flash_unlock
  far flash_run
  far transfer
  far fail
