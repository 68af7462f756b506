/* One honest appliance off line: one lease, three stations, the order of writes of each use.

   INTENT(uid) -> certificate by the vault -> TICKET(uid) -> MESSAGE2 -> first byte on the wire, each durable before the next.
   The power may fail between any two steps; the disk may be put back to an older copy (RESTORES times).
   Guards, 1 = on: */
#ifndef ONE_IN_HAND
#define ONE_IN_HAND 1     /* one certificate in hand at a time per lease, over all stations */
#endif
#ifndef INTENT_FIRST
#define INTENT_FIRST 1    /* INTENT is durable before the vault signs */
#endif
#ifndef MESSAGE2_FIRST
#define MESSAGE2_FIRST 1  /* MESSAGE2 is durable before the first byte leaves */
#endif
#ifndef TPM
#define TPM 1             /* 1: the count is in the chip; 0 (vault `file`): on the disk */
#endif
/* Sizes. */
#ifndef RESTORES
#define RESTORES 0
#endif
#ifndef CRASHES
#define CRASHES 2
#endif
#define UNITS 3           /* of the lease */
#define LIMIT 2           /* messages 2 per ticket */

/* What the journal holds of a UID, by the last record. RETURNED: closed and given back on trust (vault `file`). */
#define NOTHING  0
#define INTENT   1
#define TICKET   2
#define MESSAGE2 3
#define RETURNED 4

typedef Disk {
  byte record[3];
  byte number[3];         /* of the newest MESSAGE2 */
  byte count              /* vault `file`: units used */
};
Disk disk, old_disk;
bool copied; byte restores;

byte pin_count;                      /* in the TPM */
bool certificate_in_hand[3];         /* signed, its TICKET not yet durable: lost by a crash */
bool message2_in_hand[3];            /* computed; with the guard durable, without it sent */

/* The world. */
byte signed_certificates, returned, crashes, burnt;
byte sent[3];                        /* messages 2 that left for the UID */

#define IN_HAND (certificate_in_hand[0] + certificate_in_hand[1] + certificate_in_hand[2])
#define DEVICES ((sent[0] > 0) + (sent[1] > 0) + (sent[2] > 0))
#define UNIT_LEFT (TPM -> pin_count < UNITS : disk.count < UNITS)
#define COUNTED(u) (sent[u] <= disk.number[u])
#define KNOWN(u) (disk.record[u] != NOTHING || !certificate_in_hand[u])

#define law(name, condition) \
  :: d_step { !(condition) -> c_code { printf("broken " #name "\n"); }; assert(false) }

proctype Watch() {
  do
  law(devices_within_lease, DEVICES + returned <= UNITS)
  law(certificates_within_lease, !TPM || signed_certificates <= UNITS)
#if RESTORES == 0
  law(message2_counted, COUNTED(0) && COUNTED(1) && COUNTED(2))
  law(certificate_after_intent, KNOWN(0) && KNOWN(1) && KNOWN(2))
  law(crash_burns_one, burnt <= crashes)
#endif
  od
}

inline use_unit() { if :: TPM -> pin_count++ :: else -> disk.count++ fi }

inline station(u) {
  if
  :: d_step { disk.record[u] == NOTHING -> disk.record[u] = INTENT }
  :: d_step { (disk.record[u] == INTENT || (!INTENT_FIRST && disk.record[u] == NOTHING)) && !certificate_in_hand[u] &&
       UNIT_LEFT && (!ONE_IN_HAND || IN_HAND == 0) -> use_unit(); certificate_in_hand[u] = 1; signed_certificates++ }
  :: d_step { disk.record[u] == INTENT && certificate_in_hand[u] -> disk.record[u] = TICKET; certificate_in_hand[u] = 0 }
#if MESSAGE2_FIRST
  :: d_step { (disk.record[u] == TICKET || disk.record[u] == MESSAGE2) && !message2_in_hand[u] && disk.number[u] < LIMIT ->
       disk.record[u] = MESSAGE2; disk.number[u]++; message2_in_hand[u] = 1 }
  /* The first byte leaves. After a restored disk the number starts again: what matters then is that one left. */
  :: d_step { message2_in_hand[u] -> message2_in_hand[u] = 0; sent[u] = (RESTORES -> 1 : sent[u] + 1) }
#else
  :: d_step { (disk.record[u] == TICKET || disk.record[u] == MESSAGE2) && !message2_in_hand[u] && disk.number[u] < LIMIT &&
       sent[u] < LIMIT + CRASHES -> message2_in_hand[u] = 1; sent[u]++ }
  :: d_step { message2_in_hand[u] -> message2_in_hand[u] = 0; disk.record[u] = MESSAGE2; disk.number[u]++ }
#endif
#if !TPM
  /* Given back on trust: the record shows no MESSAGE2. */
  :: d_step { disk.record[u] == TICKET && !message2_in_hand[u] -> disk.record[u] = RETURNED; returned++ }
#endif
  fi
}

inline power_off() {
  certificate_in_hand[0] = 0; certificate_in_hand[1] = 0; certificate_in_hand[2] = 0;
  message2_in_hand[0] = 0; message2_in_hand[1] = 0; message2_in_hand[2] = 0
}

init {
  run Watch();
  do
  :: station(0)
  :: station(1)
  :: station(2)
  /* A unit that was never used comes back: a VOID takes its use of the key; the file's count, on trust. */
  :: d_step { UNIT_LEFT -> use_unit(); returned++ }
  :: d_step { crashes < CRASHES -> crashes++; burnt = burnt + IN_HAND; power_off() }
#if RESTORES
  :: d_step { !copied -> copied = 1; c_code { now.old_disk = now.disk; } }
  :: d_step { copied && restores < RESTORES -> restores++; power_off(); c_code { now.disk = now.old_disk; } }
#endif
  od
}
