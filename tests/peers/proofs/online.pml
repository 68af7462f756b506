/* Units on line, as they are built: several processes of the authority on one database; tickets, messages 2, receipts, retries;
   the owner raises and lowers; a person books lost, re-credits and has delivered devices made anew. Places and moves are the ledger's.

   Each do-option of Office is one transaction: it reads, decides as authority/ledger does, and writes. With LOCK nobody
   writes between reading and writing (BEGIN IMMEDIATE); without, the atomic section ends at GAP and others come in between.
   Guards, 1 = on: */
#ifndef LOCK
#define LOCK 1            /* the write lock is held from the first read of a transaction */
#endif
#ifndef CONDITIONAL
#define CONDITIONAL 1     /* a write says what must still hold: 0 nothing, 1 the state alone (the SQL), 2 state and unit */
#endif
#ifndef MESSAGE2_FIRST
#define MESSAGE2_FIRST 1  /* MESSAGE2(ticket, n) is durable before message 2 leaves */
#endif
#ifndef COUNT_PER_UNIT
#define COUNT_PER_UNIT 1  /* messages 2 are counted per unit, not per ticket */
#endif
#ifndef NONE_AFTER
#define NONE_AFTER 1      /* no message 2 after the receipt */
#endif
#ifndef RETRY_FREE
#define RETRY_FREE 1      /* a UID that has a unit gets no second one */
#endif
#ifndef UNIT_ID
#define UNIT_ID 1         /* a ticket counts only for the unit that it was made for */
#endif
#ifndef CLOSE_TICKET
#define CLOSE_TICKET 1    /* the ticket is closed when its unit goes back or gets another ticket */
#endif
#ifndef UNKEYED_ONLY
#define UNKEYED_ONLY 1    /* a unit goes back by itself only while no message 2 was ever computed */
#endif
#ifndef REWORK_NUMBERS
#define REWORK_NUMBERS 1  /* a receipt of the delivery before does not commit a rework */
#endif
#ifndef REWORK_UNIT
#define REWORK_UNIT 1     /* a rework keeps the unit and its certificate */
#endif
#ifndef REVOKE
#define REVOKE 1          /* a re-credit revokes the lost unit's certificate */
#endif
#ifndef LOWER_FREE
#define LOWER_FREE 1      /* an order is lowered by free units only */
#endif
#ifndef ONCE
#define ONCE 1            /* a change that is sent again is not made again */
#endif
/* Sizes. */
#ifndef UIDS
#define UIDS 2
#endif
#ifndef GRANTED
#define GRANTED 1
#endif
#ifndef LIMIT
#define LIMIT 2           /* messages 2 per unit */
#endif
#ifndef CHANGES
#define CHANGES 1         /* the owner raises once and lowers once */
#endif
#ifndef REWORKS
#define REWORKS 0         /* reworks of one unit */
#endif
#ifndef ONLY_GRANT
#define ONLY_GRANT 0      /* check the number of certified devices and nothing else */
#endif
#ifndef UNITS_EACH
#define UNITS_EACH 2      /* units that one UID takes in its life: the second after a return or a re-credit */
#endif

#include "ledger.pml"

/* The database. */
byte place[UIDS];           /* of the UID's unit; free: it occupies none */
byte unit[UIDS];            /* its id: 1, 2 */
byte count[UIDS];           /* messages 2, as the guard counts them */
byte ticket[UIDS];          /* the unit that the newest ticket was made for; 0: no ticket yet */
bool open[UIDS];            /* that ticket is open */
byte past[UIDS];            /* an earlier ticket that was not closed; 0: none (always, with CLOSE_TICKET) */
byte receipt[UIDS];         /* the unit whose message 2 the committing receipt answers */
byte rework[UIDS];          /* how often the present unit was made anew */
bool raised, lowered;       /* which changes the database knows */

/* The world. */
byte given[UIDS];           /* messages 2 computed for the present unit */
byte certificates[UIDS];    /* bit i: a certificate of unit i may be in the chip */
byte revoked[UIDS];         /* bit i: revoked */

byte answered[UIDS];        /* bit i: a message 2 of delivery i of the present unit may be in the chip */

bool late_message2;         /* one was computed after the receipt */
bool old_receipt;           /* a rework was committed by a receipt of a delivery before it */

#define BITS(x) ((((x) >> 1) & 1) + (((x) >> 2) & 1))
#define CERTIFIED_(u) BITS(certificates[u] & ~revoked[u])
#if UIDS == 3
#define EVERY(condition) (condition(0) && condition(1) && condition(2))
#define ROWS(state) ((place[0] == state) + (place[1] == state) + (place[2] == state))
#define CERTIFIED (CERTIFIED_(0) + CERTIFIED_(1) + CERTIFIED_(2))
#elif UIDS == 1
#define EVERY(condition) (condition(0))
#define ROWS(state) (place[0] == state)
#define CERTIFIED (CERTIFIED_(0))
#else
#define EVERY(condition) (condition(0) && condition(1))
#define ROWS(state) ((place[0] == state) + (place[1] == state))
#define CERTIFIED (CERTIFIED_(0) + CERTIFIED_(1))
#endif
#define COUNTED(state) (ROWS(state) == ledger.units_in[state])
#define WITHIN_LIMIT(u) (given[u] <= LIMIT)
#define OWN_RECEIPT(u) (place[u] != committed || receipt[u] == unit[u])

proctype Watch() {
  do
  law(devices_within_grant, CERTIFIED <= ledger.granted)
#if !ONLY_GRANT
  law(free_never_below_zero, FREE >= 0)
  law(counts_equal_rows, COUNTED(reserved) && COUNTED(keyed) && COUNTED(committed) && COUNTED(lost))
  law(owner_heard_once, ledger.granted == GRANTED + raised - lowered)
  law(message2_within_limit, EVERY(WITHIN_LIMIT))
  law(committed_by_own_receipt, EVERY(OWN_RECEIPT))
  law(no_message2_after_receipt, !late_message2)
  law(rework_by_own_receipt, !old_receipt)
#endif
  od
}

#if LOCK
#define GAP
#else
#define GAP } atomic {
#endif

inline pick() { if :: u = 0 :: UIDS > 1 -> u = 1 :: UIDS > 2 -> u = 2 fi }

inline look() {
  seen = place[u]; seen_unit = unit[u]; seen_count = count[u]; seen_free = (FREE > 0); seen_granted = ledger.granted
}

/* What a conditional update asks again. */
#define STILL (CONDITIONAL == 0 || (place[u] == seen && (CONDITIONAL < 2 || unit[u] == seen_unit)))

inline forget() { u = 0; seen = 0; seen_unit = 0; seen_count = 0; seen_free = 0; seen_granted = 0; made_for = 0; of_rework = 0 }

inline new_ticket() {
  if :: !CLOSE_TICKET && open[u] -> past[u] = ticket[u] :: else fi;
  ticket[u] = unit[u]; open[u] = 1;
  if :: !COUNT_PER_UNIT -> count[u] = 0 :: else fi
}

inline close_ticket() { if :: CLOSE_TICKET -> open[u] = 0 :: else fi }

inline take_unit() {
  move(free, reserved);
  place[u] = reserved; unit[u]++; count[u] = 0; given[u] = 0; receipt[u] = 0; rework[u] = 0; answered[u] = 0;
  new_ticket()
}

/* POST /v1/tickets: act reserve, or renew (repeat changes nothing). */
inline issue_ticket() {
  if
  :: seen == free && seen_free && seen_unit < UNITS_EACH && (!CONDITIONAL || (place[u] == free && FREE > 0)) -> take_unit()
  :: RETRY_FREE && (seen == reserved || seen == keyed) && STILL -> new_ticket()
  :: !RETRY_FREE && (seen == reserved || seen == keyed) && seen_free -> move(free, reserved); new_ticket()
  :: else
  fi
}

inline key_unit() {
  if
  :: seen == reserved -> move(reserved, keyed); place[u] = keyed
  :: else
  fi;
  count[u] = seen_count + 1
}

/* POST /v1/tickets/ID/message1, for the newest ticket or for one that is past. */
inline give_message2() {
  if
  :: open[u] -> made_for = ticket[u]
  :: past[u] > 0 -> made_for = past[u]
  :: else
  fi;
  if
  :: made_for > 0 && seen_count < LIMIT && (!UNIT_ID || (seen != free && made_for == seen_unit)) && STILL &&
     (!CONDITIONAL || count[u] == seen_count) &&
     (seen == reserved || seen == keyed || (seen == committed && !NONE_AFTER) || (seen == free && !UNIT_ID)) ->
       if :: seen == committed -> late_message2 = 1 :: else fi;
       given[u]++;
       if
       :: MESSAGE2_FIRST && seen != free -> key_unit()
       :: else
       fi;
       reply = u + 1; reply_unit = made_for; reply_rework = rework[u]
  :: else
  fi
}

/* POST /v1/tickets/ID/receipt: an authentic receipt of some unit whose message 2 reached the chip. */
inline accept_receipt() {
  if
  :: certificates[u] & 2 -> made_for = 1
  :: certificates[u] & 4 -> made_for = 2
  :: else
  fi;
  /* Of which delivery of the present unit it speaks. */
  if
  :: made_for > 0 && made_for == unit[u] && (answered[u] & 1) -> of_rework = 0
  :: made_for > 0 && made_for == unit[u] && (answered[u] & 2) -> of_rework = 1
  :: else -> of_rework = 0
  fi
}
inline settle() {
  if
  :: made_for > 0 && seen == keyed && STILL && (!UNIT_ID || made_for == seen_unit) &&
     (!REWORK_NUMBERS || made_for != unit[u] || of_rework == rework[u]) ->
     if :: made_for == unit[u] && of_rework != rework[u] -> old_receipt = 1 :: else fi;
     move(keyed, committed); place[u] = committed; receipt[u] = made_for; close_ticket()
  :: else
  fi
}

/* Given up, ended, or its appliance revoked: the ticket is closed, the unit goes back. */
inline give_up() {
  if
  :: seen == reserved && STILL -> close_ticket(); move(reserved, free); place[u] = free
  :: seen == keyed && !UNKEYED_ONLY && STILL -> close_ticket(); forbidden_move(keyed, free); place[u] = free
  :: else
  fi
}

/* A person: books a keyed unit lost; gives a lost one back, told that a device may exist. */
inline decide_person() {
  if
  :: seen == keyed && STILL -> move(keyed, lost); place[u] = lost; close_ticket()
  :: seen == lost && STILL -> move(lost, free); place[u] = free; close_ticket();
     if :: REVOKE -> revoked[u] = revoked[u] | (1 << seen_unit) :: else fi
  :: seen == committed && rework[u] < REWORKS && STILL && REWORK_UNIT ->
     move(committed, keyed); place[u] = keyed; rework[u]++; receipt[u] = 0; given[u] = 0; count[u] = 0; close_ticket()
  :: seen == committed && rework[u] < REWORKS && STILL && !REWORK_UNIT ->
     forbidden_move(committed, free); place[u] = free; close_ticket()
  :: else
  fi
}

/* The terms of an order are written as values: only the lock keeps two changes from losing one. */
inline raise() {
  if :: !raised || !ONCE -> ledger.granted = seen_granted + 1; raised = 1 :: else fi
}
inline lower() {
  if
  :: (!lowered || !ONCE) && (seen_free || !LOWER_FREE) && (!CONDITIONAL || !LOWER_FREE || FREE > 0) && seen_granted > 0 ->
     ledger.granted = seen_granted - 1; lowered = 1
  :: else
  fi
}

proctype Office() {
  byte u, seen, seen_unit, seen_count, seen_granted, made_for, of_rework;
  bool seen_free;
  byte reply, reply_unit, reply_rework;   /* message 2 in this process's hands: UID + 1, unit, delivery of it */
  bool unrecorded;          /* it left and is not yet durable */
  do
  :: atomic { pick(); look(); GAP issue_ticket(); forget() }
  :: atomic { reply == 0 && !unrecorded -> pick(); look(); GAP give_message2(); forget() }
  :: atomic { reply > 0 ->
       certificates[reply - 1] = certificates[reply - 1] | (1 << reply_unit);
#if REWORKS
       if :: unit[reply - 1] == reply_unit -> answered[reply - 1] = answered[reply - 1] | (1 << reply_rework) :: else fi;
#endif
       if :: !MESSAGE2_FIRST -> unrecorded = 1 :: else -> reply = 0; reply_unit = 0; reply_rework = 0 fi }
  :: atomic { unrecorded -> u = reply - 1; look();
       if
       :: seen == reserved || seen == keyed -> key_unit()
       :: else
       fi;
       unrecorded = 0; reply = 0; reply_unit = 0; reply_rework = 0; forget() }
  :: atomic { reply > 0 -> unrecorded = 0; reply = 0; reply_unit = 0; reply_rework = 0 }       /* killed, or the connection broke */
  :: atomic { pick(); look(); accept_receipt(); GAP settle(); forget() }
  :: atomic { pick(); look(); GAP give_up(); forget() }
  :: atomic { pick(); look(); GAP decide_person(); forget() }
#if CHANGES
  :: atomic { look(); GAP raise(); forget() }
  :: atomic { look(); GAP lower(); forget() }
#endif
  od
}

init { atomic { ledger.granted = GRANTED; run Office(); run Office(); run Watch() } }
