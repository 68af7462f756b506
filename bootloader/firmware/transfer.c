/* The state TRANSFER (PROTOCOL section 7), from RAM. Names each chunk, opens it, writes it. */
#include "chips/chip.h"
#include "frames.h"
#include "session.h"

#define CHUNKS_PER_PAGE (CHIP_PAGE_BYTES / CHUNK_BYTES)

/* P-30: asks for a chunk; this answers MESSAGE2 and each CHUNK but the last. */
static void ask(u32 index, u32 outstanding)
{
  aead *up = &session.up;
  NEAR(up);
  answer.words[0] = index | outstanding << 16;
  aead_seal(up, answer.body, 4);
  up->nonce[1]++;
  frame_answer(NEXT, NEXT_BYTES);
}

/* P-34: both tags, and the index in between, before anything is written. The clear chunk is at frame.words + 1. */
static void open_chunk(aead *inner, u32 index)
{
  aead *down = &session.down;
  u8 *body = frame.body;
  NEAR(down);
  NEAR(body);
  if (aead_open(down, body, 4 + INNER_CHUNK_BYTES) != SUITE_YES || *(u32 *)body != index)
    fail(ERASE_FLASH);
  down->nonce[1]++;
  inner->nonce[1] = index;
  if (aead_open(inner, body + 4, CHUNK_BYTES) != SUITE_YES)
    fail(ERASE_FLASH);
}

/* P-34, P-36: the personal region comes from message 2, the first flash word stays in RAM. */
static void write_chunk(u32 offset, u32 *first_word)
{
  const session_state *s = &session;
  const u32 *from = frame.words + 1;
  NEAR(s);
  for (u32 left = CHUNK_BYTES / 8; left; left--, from += 2, offset += 8) {
    const u32 *word = from;
    u32 into = offset - s->permitted.personal_offset;
    if (into < s->permitted.personal_length)
      word = (const u32 *)(granted.personal + into);
    if (offset == 0) {
      first_word[0] = word[0];
      first_word[1] = word[1];
    } else if (flash_write(offset, word)) {
      fail(ERASE_FLASH);
    }
  }
}

NORETURN void transfer(void)
{
  static const u8 label[16] = "flashseal chunk";
  aead inner;
  chunk_binding binding;
  u32 first_word[2] = { 0, 0 };
  const session_state *s = &session;
  NEAR(s);
  u32 count = s->permitted.length / CHUNK_BYTES, left = count;
  u32 page = (s->permitted.length - 1) / CHIP_PAGE_BYTES;
  u32 erased = s->self.flash_kb * 1024 / CHIP_PAGE_BYTES;

  memcpy(inner.key, granted.release_key, 32);
  inner.nonce[0] = inner.nonce[2] = 0;
  inner.associated = (const u8 *)&binding;
  inner.associated_bytes = sizeof binding;
  memcpy(binding.label, label, sizeof label);
  memcpy(binding.release, s->permitted.release, sizeof binding.release);
  binding.count = count;
  binding.length = s->permitted.length;
  flash_unlock();

  /* P-33: pages downwards, chunks upwards within a page. Bound: each chunk once. */
  u32 index = page * CHUNKS_PER_PAGE;
  while (left) {
    u32 starts_page = index % CHUNKS_PER_PAGE == 0;
    ask(index, left);
    if (frame_receive(FOREVER) != FRAME(CHUNK, CHUNK_BODY_BYTES))
      fail(ERASE_FLASH);
    /* P-11: pages may have to be erased, or all of flash is hashed. */
    if (starts_page || left == 1)
      frame_working();
    binding.index = index;
    open_chunk(&inner, index);
    if (starts_page) {
      /* From here on, a page 0 that a power cut leaves half erased has no start address (P-36). */
      if (page == 0)
        flash_write(0, first_word);
      /* The first time, everything beyond the image too. */
      while (erased > page)
        flash_erase_page(--erased);
    }
    write_chunk(index * CHUNK_BYTES, first_word);
    left--;
    index++;
    if (index % CHUNKS_PER_PAGE == 0 || index == count)
      index = --page * CHUNKS_PER_PAGE;
  }
  memset(&inner, 0, sizeof inner);
  install(first_word);
}
