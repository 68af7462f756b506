@ The two places in the image that others fill in. They are written in assembly so that no compiler knows, and
@ folds, what the file holds there.
  .syntax unified
  .cpu cortex-m0plus

@ The certificate slot: a mark, then 160 bytes for the owner's command (layout: certificate.h).
  .section .flashseal_certkey, "a", %progbits
  .balign 8
  .global certificate_slot
  .type certificate_slot, %object
certificate_slot:
  .ascii "flashseal certk"
  .byte 0
  .fill 160, 1, 0xff
  .size certificate_slot, . - certificate_slot

@ The personal region: 0xFF in the image, written by the bootloader from message 2 (P-34). 216 bytes of
@ certificate, 224 of the delegation that a lease's certificate brings (P-56), 8 more; whole flash words.
  .section .flashseal_personal, "a", %progbits
  .balign 8
  .global personal_region
  .type personal_region, %object
personal_region:
  .fill 448, 1, 0xff
  .size personal_region, . - personal_region
