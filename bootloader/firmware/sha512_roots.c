/*
 * The constants of SHA-512, computed (contract: sha512.h): FIPS 180-4 defines them as the first 64 bits of the fractional
 * parts of roots of primes. This is 540 bytes smaller than the tables, and runs once, from flash.
 */
#include "mac_row.h"
#include "sha512.h"

u64 sha512_constants[80];
u64 sha512_initial[8];

/* Where root() has the whole part of a power: the square is at word 3, the cube at word 9, with 4 and 6 words behind
 * the point. */
#define SQUARE 7
#define CUBE 15

/* The largest x of 67 bits, 64 of them behind the point, with the whole part of x^2 or x^3 below the prime; returns
 * the 64. No power of such an x is a whole number, so this is the root, cut off. */
static u64 root(u32 prime, u32 power)
{
  u32 x[18];
  memset(x, 0, 12);
  for (i32 i = 66; i >= 0; i--) {
    u32 bit = 1u << (i & 31), *factor = x;
    x[i >> 5] |= bit;
    memset(x + 3, 0, 48);
    for (u32 n = 3; n <= 6; n += 3) {
      u32 *product = factor + n;
      for (u32 j = 0; j < 3; j++)
        product[j + n] = mac_row(product + j, factor, x[j], n);
      factor = product;
    }
    if (x[power] >= prime)
      x[i >> 5] ^= bit;
  }
  return (u64)x[1] << 32 | x[0];
}

/* Trial division by subtraction: the largest number asked for is 409. */
static u32 is_prime(u32 number)
{
  for (u32 divisor = 2; divisor < number; divisor++) {
    u32 rest = number;
    while (rest > divisor)
      rest -= divisor;
    if (rest == divisor)
      return 0;
  }
  return 1;
}

void sha512_prepare(void)
{
  u32 prime = 1;
  for (u32 n = 0; n < 80; n++) {
    do
      prime++;
    while (!is_prime(prime));
    sha512_constants[n] = root(prime, CUBE);
    if (n < 8)
      sha512_initial[n] = root(prime, SQUARE);
  }
}
