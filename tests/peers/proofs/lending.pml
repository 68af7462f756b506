/* Leases of a vault `file` as they are built: the owner's allowance, lent tickets, reports of uses and returns, a person who gives
   a lease up (lend, reportUses, returnTickets, decideLeaseByPerson of authority/issuance). The appliance is honest, the network is not: every message is delivered at any later
   time, again, or never; what was sent once stays deliverable (sets of messages, not queues).
   Places and moves of units are the ledger's. Guards, 1 = on: */
#ifndef KEY_ONCE
#define KEY_ONCE 1        /* one lease for one lease key: asked again, the same lease is given, nothing lent anew */
#endif
#ifndef CLOSE_FIRST
#define CLOSE_FIRST 1     /* the vault closes a ticket durably before it says that it is returned */
#endif
#ifndef LEAVES_ONCE
#define LEAVES_ONCE 1     /* a unit leaves its lease once; only what a person gave up may still turn out to be used */
#endif
#ifndef FORWARD_ONLY
#define FORWARD_ONLY 1    /* an overtaken report changes nothing */
#endif
#ifndef WITHIN_ALLOWANCE
#define WITHIN_ALLOWANCE 1
#endif
#ifndef WITHIN_FREE
#define WITHIN_FREE 1     /* no more is lent than is free */
#endif
#ifndef GIVEN_UP_STAYS
#define GIVEN_UP_STAYS 1  /* what a person gave up is unaccounted, never free by itself */
#endif
#ifndef MESSAGE2_FIRST
#define MESSAGE2_FIRST 1  /* the vault's MESSAGE2 is durable before it leaves: what went to a chip is in its journal */
#endif
#ifndef ONLY_GRANT
#define ONLY_GRANT 0      /* check the number of certified devices and nothing else */
#endif
/* Sizes. */
#ifndef GRANTED
#define GRANTED 2
#endif
#ifndef ALLOWED
#define ALLOWED 2
#endif
#define LENT 2            /* tickets: one for each lease of one unit, and the lease's second signing without KEY_ONCE */

#include "ledger.pml"

/* A lent ticket at the authority. */
#define none        0
#define lent        1
#define used        2
#define returned    3
#define given_up    4

/* A ticket in the vault; also what its reports say. */
#define unknown     0
#define open_ticket 1     /* free to be used */
#define bound       2
#define with_key    3
#define with_receipt 4
#define closed      5

/* The database. */
byte at_office[LENT];
byte told[LENT];          /* the newest step that was booked */
byte booked[LENT];        /* in which place the unit is counted: used ones only */

/* The vault's journal. */
byte in_vault[LENT];

/* Messages that were sent once: bit per step. */
bool asked[LENT];
bool said_bound[LENT], said_key[LENT], said_receipt[LENT], said_returned[LENT];

/* The world. Chip n is used with lent ticket n. */
bool device[LENT];        /* the chip has its certificate from a message 2 */
bool raised, lowered;

#define OPEN ((at_office[0] == lent) + (at_office[1] == lent))
#define DEVICES (device[0] + device[1])
#define IN_LENT(state) ((at_office[0] == state) + (at_office[1] == state))
#define BOOKED(state) ((booked[0] == state) + (booked[1] == state))
#define COUNTED(state) (ledger.units_in[state] == BOOKED(state))
#define ONE_UNIT(n) (!(at_office[n] == returned && in_vault[n] >= bound && in_vault[n] != closed))

proctype Watch() {
  do
  law(devices_within_grant, DEVICES <= ledger.granted)
#if !ONLY_GRANT
  law(free_never_below_zero, FREE >= 0)
  law(counts_equal_rows, COUNTED(reserved) && COUNTED(keyed) && COUNTED(committed) &&
    ledger.units_in[leased] == IN_LENT(lent) && ledger.units_in[unaccounted] == IN_LENT(given_up))
  law(lent_within_allowance, OPEN <= ALLOWED)
  law(returned_is_unused, ONE_UNIT(0) && ONE_UNIT(1))
#endif
  od
}

/* lend: the vault asks, and asks again when no answer came; a lease that is known is given again. */
inline lend(n) {
  if
  :: at_office[n] == none && (FREE > 0 || !WITHIN_FREE) && (OPEN < ALLOWED || !WITHIN_ALLOWANCE) ->
     move(free, leased); at_office[n] = lent
  :: at_office[n] != none && !KEY_ONCE && FREE > 0 -> move(free, leased)
  :: else
  fi;
  if :: at_office[n] != none && in_vault[n] == unknown -> in_vault[n] = open_ticket :: else fi
}

#define PLACE(step) (step == bound -> reserved : (step == with_key -> keyed : committed))

/* reportUses: books the first report, lets a later one advance it. Moves are written out: the names are the ledger's. */
inline book(n, step) {
  if
  :: at_office[n] == lent && step == bound -> move(leased, reserved)
  :: at_office[n] == lent && step == with_key -> move(leased, keyed)
  :: at_office[n] == lent && step == with_receipt -> move(leased, committed)
  :: at_office[n] == given_up && step == bound -> move(unaccounted, reserved)
  :: at_office[n] == given_up && step == with_key -> move(unaccounted, keyed)
  :: at_office[n] == given_up && step == with_receipt -> move(unaccounted, committed)
  :: at_office[n] == returned -> put(free, PLACE(step), 1)
  fi;
  at_office[n] = used; told[n] = step; booked[n] = PLACE(step)
}
inline advance(n, step) {
  if
  :: step == told[n] || (FORWARD_ONLY && step < told[n])
  :: step > told[n] && told[n] == bound && step == with_key -> move(reserved, keyed); told[n] = step; booked[n] = keyed
  :: step > told[n] && step == with_receipt ->
     if :: told[n] == bound -> move(reserved, keyed) :: else fi;
     move(keyed, committed); told[n] = step; booked[n] = committed
  :: !FORWARD_ONLY && step < told[n] -> ledger.units_in[booked[n]]--; told[n] = step; booked[n] = PLACE(step)
  fi
}
inline report_uses(n, step) {
  if
  :: at_office[n] == lent || at_office[n] == given_up || (at_office[n] == returned && !LEAVES_ONCE) -> book(n, step)
  :: at_office[n] == used -> advance(n, step)
  :: else   /* returned and used: a contradiction, which freezes its appliance */
  fi
}

/* returnTickets. */
inline return_tickets(n) {
  if
  :: at_office[n] == lent -> move(leased, free); at_office[n] = returned
  :: !LEAVES_ONCE && at_office[n] == used -> at_office[n] = returned; ledger.units_in[booked[n]]--; booked[n] = free
  :: !GIVEN_UP_STAYS && at_office[n] == given_up -> move(unaccounted, free); at_office[n] = returned
  :: else
  fi
}

inline vault(n) {
  if
  :: atomic { !asked[n] -> asked[n] = 1 }
  :: atomic { in_vault[n] == open_ticket -> in_vault[n] = bound }
#if MESSAGE2_FIRST
  :: atomic { in_vault[n] == bound -> in_vault[n] = with_key }
  :: atomic { in_vault[n] >= with_key && in_vault[n] != closed && !device[n] -> device[n] = 1 }
#else
  :: atomic { in_vault[n] == bound && !device[n] -> device[n] = 1 }
  :: atomic { device[n] && in_vault[n] == bound -> in_vault[n] = with_key }
  /* The power failed in between: the record knows of no key, and the ticket is given back. */
  :: atomic { in_vault[n] == bound && device[n] -> in_vault[n] = closed }
#endif
  :: atomic { in_vault[n] == with_key && device[n] -> in_vault[n] = with_receipt }
  :: atomic { in_vault[n] == open_ticket && CLOSE_FIRST -> in_vault[n] = closed }
  /* What the journal says is told, at any time. */
  :: atomic { in_vault[n] == bound -> said_bound[n] = 1 }
  :: atomic { in_vault[n] == with_key -> said_key[n] = 1 }
  :: atomic { in_vault[n] == with_receipt -> said_receipt[n] = 1 }
  :: atomic { in_vault[n] == closed || (!CLOSE_FIRST && in_vault[n] == open_ticket) -> said_returned[n] = 1 }
  fi
}

/* Each message may arrive now, whether or not it did before. */
inline arrives(n) {
  if
  :: atomic { asked[n] -> lend(n) }
  :: atomic { said_bound[n] -> report_uses(n, bound) }
  :: atomic { said_key[n] -> report_uses(n, with_key) }
  :: atomic { said_receipt[n] -> report_uses(n, with_receipt) }
  :: atomic { said_returned[n] -> return_tickets(n) }
  /* A person gives up what the lease has open. */
  :: atomic { at_office[n] == lent -> move(leased, unaccounted); at_office[n] = given_up }
  fi
}

init {
  atomic { ledger.granted = GRANTED; run Watch() };
  do
  :: vault(0)
  :: vault(1)
  :: arrives(0)
  :: arrives(1)
  :: atomic { !raised -> raised = 1; ledger.granted++ }
  :: atomic { !lowered && FREE > 0 -> lowered = 1; ledger.granted-- }
  od
}
