/*
 * The firmware of the demo: says who it is, which chip it runs on and whether its device certificate is valid,
 * then blinks. Three lines, each ended by CR LF:
 *
 *   Flashseal sample 1.1.0
 *   UID <24 hexadecimal digits, memory order>
 *   certificate: valid, serial <n> | certificate: valid, lease <32 hexadecimal digits>, serial <n> |
 *   certificate: none | certificate: NOT VALID | certificate: no key
 */
#include "board.h"
#include "certificate.h"

#define DECIMAL_DIGITS 20

static void send_text(const char *text)
{
  while (*text)
    board_send(*text++);
}

static void send_hexadecimal(const u8 *bytes, u32 count)
{
  static const char digits[] = "0123456789abcdef";
  while (count--) {
    board_send(digits[*bytes >> 4]);
    board_send(digits[*bytes++ & 15]);
  }
}

/* By doubling a decimal number 64 times: the core cannot divide. */
static void send_decimal(u64 number)
{
  u8 digits[DECIMAL_DIGITS];
  memset(digits, 0, sizeof digits);
  for (u32 bits = 64; bits--; number <<= 1) {
    u32 carry = number >> 63;
    for (u32 at = DECIMAL_DIGITS; at--;) {
      u32 doubled = 2 * digits[at] + carry;
      carry = doubled > 9;
      digits[at] = carry ? doubled - 10 : doubled;
    }
  }
  u32 first = 0;
  while (first < DECIMAL_DIGITS - 1 && digits[first] == 0)
    first++;
  while (first < DECIMAL_DIGITS)
    board_send('0' + digits[first++]);
}

void sample_run(void)
{
  const chip_identity chip = { BOARD_FAMILY, board_uid(), BOARD_UID_BYTES };

  board_begin();
  send_text("Flashseal sample " SAMPLE_VERSION "\r\nUID ");
  send_hexadecimal(chip.uid, chip.uid_bytes);
  send_text("\r\ncertificate: ");

  certificate_state state = certificate_judge(&chip);
  u32 valid = state == CERTIFICATE_VALID || state == CERTIFICATE_VALID_LENT;
  if (valid) {
    send_text("valid, ");
    if (state == CERTIFICATE_VALID_LENT) {
      send_text("lease ");
      send_hexadecimal(personal_region.sealed.lease, sizeof personal_region.sealed.lease);
      send_text(", ");
    }
    send_text("serial ");
    send_decimal(personal_region.sealed.serial);
  } else if (state == CERTIFICATE_NONE) {
    send_text("none");
  } else if (state == CERTIFICATE_NO_KEY) {
    send_text("no key");
  } else {
    send_text("NOT VALID");
  }
  send_text("\r\n");

  /* Once a second when the chip is certified, five times a second when it is not. */
  board_blink(valid ? BOARD_CLOCK_HZ / 2 : BOARD_CLOCK_HZ / 10);
}
