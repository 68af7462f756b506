/* Frames on the link (PROTOCOL section 3). Knows sequence numbers and CRCs; knows nothing of states. */
#ifndef FRAMES_H
#define FRAMES_H

#include "wire.h"

/* The frame received last. The CRC is not kept. */
typedef struct {
  u16 length;
  u8 sequence, type;
  union {
    u8 body[BODY_BYTES_MAX];
    u32 words[BODY_BYTES_MAX / 4];
    ticket as_ticket;
  };
} received_frame;
extern received_frame frame;

/* The final frame of the exchange, kept for repetitions (P-8). RECEIPT is the longest. */
typedef struct {
  u16 length;
  u8 sequence, type;
  union {
    u8 body[RECEIPT_BYTES];
    u32 words[RECEIPT_BYTES / 4];
    receipt_report as_report; /* with room for the whole MAC */
  };
} answer_frame;
extern answer_frame answer;

/* Type and length of a frame in one number: both must fit (P-3, P-46). */
#define FRAME(type, length) ((u32)(length) << 8 | (type))

/* Waits for a well-formed frame that was not answered before and returns its FRAME(type, length). Answers
 * repetitions itself (P-8), drops what is broken (P-9). Returns 0 when nothing came for so many milliseconds. */
u32 frame_receive(u32 milliseconds);

/* Sends answer.body as the final frame, with the sequence of the frame that it answers (P-5). */
void frame_answer(u32 type, u32 length);

/* Says that the answer will take a while (P-11). */
void frame_working(void);

#endif
