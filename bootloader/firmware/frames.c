/* Frames on the link (contract: frames.h). */
#include "frames.h"
#include "chips/chip.h"

received_frame frame;
answer_frame answer;

/* Of the last frame accepted (P-8). Kept in FAIL. */
static struct {
  u32 crc;
  u8 sequence;
} accepted __attribute__((section(".bss.kept")));

/* P-9: nominal pause that ends a frame. */
#define PAUSE_MS 50
/* More than the longest work takes at 64 MHz: the checks of a ticket with two curve operations (about 0.7 s), 32
 * page erases of at most 40 ms (64 kB; or 64 of the typical 22 ms). With the 200 ms of P-10 less than the 2 s of P-37: a
 * host that lost RECEIPT asks again while it can still be had. */
#define WORKING_MS 1500

/* One byte more into a CRC-32 (reflected). */
static NOINLINE u32 crc_byte(u32 crc, u32 byte)
{
  crc ^= byte;
  for (u32 bit = 8; bit; bit--)
    crc = crc >> 1 ^ (0xedb88320 & -(crc & 1));
  return crc;
}

static void send_answer(void)
{
  const u8 *byte = (const u8 *)&answer;
  u32 crc = 0xffffffff;
  for (u32 left = 4 + answer.length; left; left--) {
    crc = crc_byte(crc, *byte);
    link_put(*byte++);
  }
  for (u32 left = 4; left; left--) {
    link_put(~crc & 0xff);
    crc >>= 8;
  }
  link_drain();
}

void frame_answer(u32 type, u32 length)
{
  answer.length = length;
  answer.sequence = accepted.sequence;
  answer.type = type;
  send_answer();
}

/* It lies where the final frame will: nobody can ask for a repetition before that is there. */
void frame_working(void)
{
  answer.words[0] = WORKING_MS;
  frame_answer(WORKING, 2);
}

u32 frame_receive(u32 milliseconds)
{
  for (;;) {
    u32 at = 0, end = 4, crc = 0xffffffff, sent_crc = 0;
    i32 byte = link_get(milliseconds);
    if (byte < 0)
      return 0;
    while (byte >= 0) {
      if (at < end) {
        ((u8 *)&frame)[at] = byte;
        crc = crc_byte(crc, byte);
      } else {
        sent_crc = sent_crc >> 8 | (u32)byte << 24;
      }
      at++;
      if (at == 4) {
        end = 4 + frame.length;
        /* P-9: such a length is noise; what follows is dropped up to a pause. Bound: none, while bytes come. */
        if (frame.length > BODY_BYTES_MAX) {
          while (link_get(PAUSE_MS) >= 0)
            ;
          break;
        }
      }
      if (at == end + 4)
        break;
      byte = link_get(PAUSE_MS);
    }
    /* P-9: a wrong CRC, a pause and a wrong length change nothing. */
    if (at != end + 4 || sent_crc != ~crc)
      continue;
    /* P-8: the frame that was answered last is answered again. */
    if (answer.type && accepted.crc == crc && accepted.sequence == frame.sequence) {
      send_answer();
      continue;
    }
    accepted.crc = crc;
    accepted.sequence = frame.sequence;
    return FRAME(frame.type, frame.length);
  }
}
