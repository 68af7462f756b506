/*
 * What the target keeps in RAM between two frames. All of it is wiped on entering FAIL, before the firmware starts, after a
 * fault, and as the first thing after a reset. Where each secret appears and dies:
 *
 *   secret                  appears                        dies
 *   ephemeral key           TICKET (handshake.c)           MESSAGE2, once both DH results are mixed
 *   chaining key            TICKET                         MESSAGE2: Split() overwrites it with the first key
 *   raw random words        stack of handshake.c           TICKET: the payload's cipher lies over them
 *   DH results, AEAD keys   stack of handshake.c           overwritten by later calls; FAIL and the end wipe it
 *   message 2, clear        MESSAGE2 (frame)               keys with the first CHUNK, which is longer than they are
 *   release key             MESSAGE2 (granted), and        after the last chunk (inner), with the receipt's MAC
 *                           transfer.c's stack (inner)     (granted): one pass over flash later
 *   personal                MESSAGE2 (granted)             after the comparison with flash (receipt.c)
 *   salt, receipt key       MESSAGE2 (granted)             with the receipt's MAC
 *   transport keys          MESSAGE2, Split() (up, down)   FAIL or the end: ACK is opened with the second
 *   clear chunk             CHUNK (frame)                  overwritten by the next one; FAIL and the end
 */
#ifndef SESSION_H
#define SESSION_H

#include "chacha20poly1305.h"
#include "wire.h"

/* The payload of message 2, as it came. It lies over field_registers: no curve is computed any more. */
typedef struct {
  u8 release_key[32], salt[32], receipt_key[32];
  u8 personal[PERSONAL_BYTES_MAX];
} grant;
extern grant granted;

/* One structure, so that one register reaches all of it; the order keeps offsets short. */
typedef struct {
  /* What HELLO is answered with; message 1 and the receipt are made of it too. */
  hello_reply self;
  /* From TICKET to the end. */
  permit permitted;
  u8 ticket_id[16];
  /* Noise: e and ck up to message 2; h, which ends as hh. */
  u8 ephemeral[32];
  u8 hash[64];
  u8 chaining_key[64];
  /* Transport: target to host, host to target. nonce[1] counts the messages. */
  aead up, down;
} session_state;
extern session_state session;

#define NORETURN __attribute__((noreturn))

/* States that only RAM code knows; neither returns. */
NORETURN void transfer(void);       /* transfer.c: TRANSFER and, through install(), DONE */
NORETURN void install(const u32 *first_word); /* receipt.c */
NORETURN void start_firmware(void); /* end.S */

#define KEEP_FLASH 0
#define ERASE_FLASH 1
NORETURN void fail(u32 erase); /* end.S, failed.c */

#endif
