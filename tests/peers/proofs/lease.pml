/* Leases of a vault `tpm`, units on line beside them, and an authority that is restored from a backup.

   The appliances are owned by root: of them only the TPM is trusted, and whatever was emitted once may be delivered at any later
   time, or never. That contains every crash of an appliance and every restore of its disk. HONEST takes root away again, for the
   rule that was thought to be enough. Each step is one durable change or one emission.
   Guards, 1 = on: */
#ifndef SIGN_ONCE
#define SIGN_ONCE 1       /* at most one signature of the authority per index name */
#endif
#ifndef WRITE_ONCE
#define WRITE_ONCE 1      /* an index is writable once: PolicyNvWritten(NO) */
#endif
#ifndef ONE_USE
#define ONE_USE 1         /* a signature serves once: nonceTPM and expiration 0; negative expiration makes a ticket */
#endif
#ifndef VOIDS
#define VOIDS 1           /* units come back as VOIDs; 0: as many as an attested pinCount says are left */
#endif
#ifndef MESSAGE2_FIRST
#define MESSAGE2_FIRST 1  /* MESSAGE2(ticket, n) is durable before message 2 leaves */
#endif
/* What a restored authority does: 0 nothing; 1 serves an appliance once it has reported; 2 once all have; 3 a new epoch:
   whatever is free is unaccounted. */
#ifndef EPOCH
#define EPOCH 3
#endif
/* The four further parts of the rule. */
#ifndef RESERVED_AS_KEYED
#define RESERVED_AS_KEYED 1   /* a reserved unit of the backup counts as keyed */
#endif
#ifndef VOID_UNACCOUNTED
#define VOID_UNACCOUNTED 1    /* what comes back from an earlier epoch is unaccounted, not free */
#endif
#ifndef OLD_TICKET
#define OLD_TICKET 1          /* a ticket of an earlier epoch gets no message 2 */
#endif
#ifndef EPOCH_NAME
#define EPOCH_NAME 1          /* an index name carries the epoch: none of an earlier one is signed */
#endif
#ifndef EPOCH_FRESH
#define EPOCH_FRESH 1         /* each restore has an epoch that never was; 0: the backup's epoch and one more */
#endif
#ifndef RENEW
#define RENEW 1               /* a keyed unit of an earlier epoch goes on: where its message 2 is recorded; else one free unit
                                 becomes unaccounted in its stead */
#endif
/* What must not be added. */
#ifndef RAISE_IN_PLACE
#define RAISE_IN_PLACE 0  /* the authority signs raises of an index, one per attested count */
#endif
#ifndef RENEW_OLD
#define RENEW_OLD 0       /* any keyed unit of an earlier epoch gets a new ticket, of the new epoch, and nothing stands in */
#endif
/* A person after a restore: 0 frees nothing; 1 frees what no device and no right can still claim; 2 frees unasked. */
#ifndef PERSON
#define PERSON 0
#endif
/* The world: what may happen. */
#ifndef UNDEFINE
#define UNDEFINE 1        /* root removes an index and defines the same name anew */
#endif
#ifndef HONEST
#define HONEST 0          /* appliances report all they hold, undefine nothing, keep no authorisation */
#endif
#ifndef RESTORES
#define RESTORES 1
#endif
#ifndef RAISES
#define RAISES 1          /* times that the owner raises, by a lease each */
#endif
#ifndef LOWERS
#define LOWERS 1          /* times that the owner lowers, by a unit each */
#endif
/* Sizes. */
#ifndef GRANTED
#define GRANTED 2
#endif
#ifndef UNITS
#define UNITS 1           /* of one lease */
#endif
#ifndef NAMES
#define NAMES 2           /* index names */
#endif
#ifndef UIDS
#define UIDS 2            /* chips on line */
#endif
#define APPLIANCE(x) ((x) % 2)

#include "ledger.pml"

/* The authority's database beside the ledger; the backup has both. */
typedef Records {
  bool has_signed[NAMES];      /* an authorisation for this index name was booked */
  bool old_lease[NAMES];       /* the lease is of an earlier epoch */
  byte lent[NAMES];            /* units of the lease that are still leased */
  byte offline_reserved[NAMES];
  byte voids_taken[NAMES];
  byte uses_reported[NAMES];
  byte place[UIDS];            /* of the UID's unit */
  bool old_unit[UIDS];         /* unit and ticket are of an earlier epoch */
  bool proven[UIDS];           /* a message 2 of the unit is recorded */
  bool reported[UIDS]          /* the unit came out of unaccounted on a report */
};
Records records, backup_records;
Ledger backup_ledger;
bool backed_up; byte restores;
bool waits[2], has_reported[2];  /* EPOCH 1 and 2: the appliance is not served */

/* In the authority's hands, lost when it is killed. */
bool to_sign[NAMES];
bool reply[UIDS];              /* message 2 */

/* The world. */
byte epoch = 1;
byte owner_granted = GRANTED;  /* the owner's last word */
byte raised, lowered;
byte name_epoch[NAMES];        /* the epoch in which the name was booked, remembered or not; 0: never */
byte signatures[NAMES];        /* authorisations that wait to be applied */
byte certified[NAMES];         /* certificates made by the lease's key */
byte voids[NAMES];             /* VOIDs made by the lease's key */
byte devices;                  /* certified devices, each chip once */
bool device[UIDS];             /* the chip has its certificate from a message 2 */
bool ticket_given[UIDS];
/* TPMs. */
bool written[NAMES], undefined[NAMES];
byte pin_count[NAMES], pin_limit[NAMES];
#if RAISE_IN_PLACE || !VOIDS
byte attested[NAMES]; bool has_attested[NAMES];
#endif
#if RAISE_IN_PLACE
bool raise_booked[NAMES], raise_signed[NAMES]; byte raise_count[NAMES];
#endif

/* An index that was ever used is not this name, unless the epoch is the same. */
#define NAME_FREE(l) (name_epoch[l] == 0 || !EPOCH_NAME || name_epoch[l] == epoch)
#define SERVED(x) (!waits[APPLIANCE(x)])
#define IN_WORLD(l) (signatures[l] > 0 || written[l] || certified[l] + voids[l] > 0)

/* All that may still become a device: what a person who frees units is told. */
#define LEASE_RIGHTS(l) ((to_sign[l] + signatures[l]) * UNITS + pin_limit[l] - pin_count[l] + \
  (records.old_lease[l] -> 0 : voids[l] - records.voids_taken[l]))
#define UID_RIGHTS(u) ((records.place[u] == reserved && !records.reported[u]) || \
  (!device[u] && (reply[u] || (records.place[u] == keyed && (!records.old_unit[u] || records.proven[u])))))
#if NAMES == 3
#define ALL_LEASE_RIGHTS (LEASE_RIGHTS(0) + LEASE_RIGHTS(1) + LEASE_RIGHTS(2))
#elif NAMES == 2
#define ALL_LEASE_RIGHTS (LEASE_RIGHTS(0) + LEASE_RIGHTS(1))
#else
#define ALL_LEASE_RIGHTS LEASE_RIGHTS(0)
#endif
#if UIDS == 2
#define ALL_UID_RIGHTS (UID_RIGHTS(0) + UID_RIGHTS(1))
#else
#define ALL_UID_RIGHTS UID_RIGHTS(0)
#endif
#define MAY_EXIST (devices + FREE + ALL_LEASE_RIGHTS + ALL_UID_RIGHTS)

proctype Watch() {
  do
  law(devices_within_grant, devices <= owner_granted)
  law(free_never_below_zero, FREE >= 0)
  od
}

inline lease(l) {
  if
  /* Lent: decided and booked, durable; then signed; then applied in the TPM. */
  :: atomic { !records.has_signed[l] && FREE >= UNITS && SERVED(l) && NAME_FREE(l) ->
       move_all(free, leased, UNITS); records.lent[l] = records.lent[l] + UNITS;
       records.has_signed[l] = 1; records.old_lease[l] = 0; name_epoch[l] = epoch; to_sign[l] = 1 }
  :: d_step { to_sign[l] && signatures[l] < 2 -> to_sign[l] = 0; signatures[l]++ }
#if !SIGN_ONCE
  /* The reply was lost: asked again, signed again over a new nonce, nothing booked. */
  :: d_step { records.has_signed[l] && signatures[l] < 1 && certified[l] <= UNITS -> signatures[l]++ }
#endif
  :: d_step { signatures[l] > 0 && (!WRITE_ONCE || !written[l]) && certified[l] <= UNITS ->
       if :: ONE_USE || HONEST -> signatures[l]-- :: else fi;
       written[l] = 1; pin_count[l] = 0; pin_limit[l] = UNITS }
#if UNDEFINE && !HONEST
  :: d_step { written[l] && !undefined[l] -> undefined[l] = 1; written[l] = 0; pin_count[l] = 0; pin_limit[l] = 0 }
#endif
  /* One use of the lease key: a certificate, or a VOID. */
  :: d_step { pin_count[l] < pin_limit[l] && devices <= owner_granted -> pin_count[l]++; certified[l]++; devices++ }
#if VOIDS
  :: d_step { pin_count[l] < pin_limit[l] && voids[l] < UNITS -> pin_count[l]++; voids[l]++ }
  /* A VOID arrives, each i once. */
  :: atomic { records.voids_taken[l] < voids[l] && records.lent[l] > 0 -> records.voids_taken[l]++; records.lent[l]--;
       if
       :: EPOCH > 0 && VOID_UNACCOUNTED && records.old_lease[l] -> move(leased, unaccounted)
       :: else -> move(leased, free)
       fi }
#endif
#if RAISE_IN_PLACE || !VOIDS
  :: d_step { written[l] && !has_attested[l] -> has_attested[l] = 1; attested[l] = pin_count[l] }
#endif
#if !VOIDS
  /* The attested rest comes back, the attested uses are booked. */
  :: d_step { has_attested[l] && records.lent[l] == UNITS -> records.lent[l] = 0;
       move_all(leased, free, UNITS - attested[l]); move_all(leased, committed, attested[l]) }
#endif
#if RAISE_IN_PLACE
  :: d_step { has_attested[l] && !raise_booked[l] && FREE >= UNITS ->
       move_all(free, leased, UNITS); records.lent[l] = records.lent[l] + UNITS;
       raise_booked[l] = 1; raise_signed[l] = 1; raise_count[l] = attested[l] }
  :: d_step { raise_signed[l] && (!WRITE_ONCE || !written[l]) ->
       raise_signed[l] = 0; written[l] = 1; pin_count[l] = raise_count[l]; pin_limit[l] = 2 * UNITS }
#endif
  /* A use is reported. */
  :: atomic { records.uses_reported[l] < certified[l] && records.lent[l] > 0 ->
       records.uses_reported[l]++; records.lent[l]--;
       if   /* how far it got, as the appliance says */
       :: move(leased, reserved); records.offline_reserved[l]++
       :: move(leased, keyed)
       :: move(leased, committed)
       fi }
  :: d_step { records.offline_reserved[l] > 0 -> records.offline_reserved[l]--; move(reserved, keyed) }
  /* The index is lost: the whole rest counts as spent. */
  :: d_step { records.lent[l] > 0 && !written[l] && !to_sign[l] ->
       move_all(leased, keyed, records.lent[l]); records.lent[l] = 0 }
  /* After a restore, a use of a lease that the authority does not remember. */
  :: atomic { restores > 0 && EPOCH == 3 && !records.has_signed[l] && records.uses_reported[l] < certified[l] &&
       ledger.units_in[unaccounted] > 0 -> records.uses_reported[l]++;
       if   /* how far it got, as the appliance says */
       :: move(unaccounted, reserved); records.offline_reserved[l]++
       :: move(unaccounted, keyed)
       :: move(unaccounted, committed)
       fi }
  fi
}

inline online(u) {
  if
  :: d_step { records.place[u] == free && FREE > 0 && SERVED(u) -> move(free, reserved);
       records.place[u] = reserved; records.old_unit[u] = 0; records.proven[u] = 0; records.reported[u] = 0; ticket_given[u] = 1 }
#if MESSAGE2_FIRST
  :: d_step { records.place[u] == reserved && !records.reported[u] && !(OLD_TICKET && records.old_unit[u]) ->
       move(reserved, keyed); records.place[u] = keyed; records.proven[u] = 1; reply[u] = 1 }
  /* A retry. */
  :: d_step { records.place[u] == keyed && !reply[u] && !(OLD_TICKET && records.old_unit[u]) ->
       records.proven[u] = 1; reply[u] = 1 }
  /* It leaves; a chip is one device, however many messages 2 it gets. */
  :: d_step { reply[u] -> reply[u] = 0; devices = devices + !device[u]; device[u] = 1 }
#else
  :: d_step { records.place[u] == reserved && !reply[u] -> reply[u] = 1; devices = devices + !device[u]; device[u] = 1 }
  :: d_step { records.place[u] == reserved && reply[u] -> reply[u] = 0; move(reserved, keyed); records.place[u] = keyed }
#endif
#if RENEW && EPOCH == 3
  :: d_step { records.place[u] == keyed && records.old_unit[u] && records.proven[u] -> records.old_unit[u] = 0 }
  :: d_step { records.place[u] == keyed && records.old_unit[u] && !records.proven[u] && FREE > 0 ->
       move(free, unaccounted); records.old_unit[u] = 0 }
#endif
#if RENEW_OLD
  :: d_step { records.place[u] == keyed && records.old_unit[u] && SERVED(u) -> records.old_unit[u] = 0 }
#endif
  /* Given back, its ticket closed first. What came out of unaccounted goes back there. */
  :: atomic { records.place[u] == reserved && !reply[u] -> records.place[u] = free;
       if
       :: records.reported[u] -> move(reserved, unaccounted)
       :: else -> move(reserved, free)
       fi;
       records.reported[u] = 0; records.old_unit[u] = 0; records.proven[u] = 0 }
  :: d_step { records.place[u] == keyed && device[u] -> move(keyed, committed); records.place[u] = committed }
  /* After a restore, a ticket that the authority does not remember: with a message 2, or with none as the appliance says. */
  :: d_step { restores > 0 && EPOCH == 3 && records.place[u] == free && ledger.units_in[unaccounted] > 0 && device[u] ->
       move(unaccounted, keyed); records.place[u] = keyed; records.old_unit[u] = 1; records.proven[u] = 1; records.reported[u] = 1 }
  /* The same of a unit that the backup has as reserved, or as keyed by fewer messages 2. */
  :: d_step { restores > 0 && EPOCH == 3 && records.place[u] == keyed && !records.proven[u] && device[u] -> records.proven[u] = 1 }
  :: d_step { restores > 0 && EPOCH == 3 && records.place[u] == free && ledger.units_in[unaccounted] > 0 && ticket_given[u] ->
       move(unaccounted, reserved); records.place[u] = reserved; records.old_unit[u] = 1; records.reported[u] = 1 }
  fi
}

inline killed() {
  to_sign[0] = 0; reply[0] = 0;
#if NAMES > 1
  to_sign[1] = 0;
#endif
#if NAMES > 2
  to_sign[2] = 0;
#endif
#if UIDS > 1
  reply[1] = 0;
#endif
}

inline age_lease(l) { records.old_lease[l] = 1 }
inline age_unit(u) {
  records.old_unit[u] = (records.place[u] != free);
  records.proven[u] = (records.place[u] != free && records.proven[u]);
  if
  :: RESERVED_AS_KEYED && EPOCH > 0 && records.place[u] == reserved -> move(reserved, keyed); records.place[u] = keyed
  :: else
  fi
}

inline restore() {
  c_code { now.ledger = now.backup_ledger; now.records = now.backup_records; };
  killed(); restores++;
  age_lease(0); age_unit(0);
#if NAMES > 1
  age_lease(1);
#endif
#if NAMES > 2
  age_lease(2);
#endif
#if UIDS > 1
  age_unit(1);
#endif
  if
  :: EPOCH > 0 -> epoch = (EPOCH_FRESH -> restores + 1 : 2)
  :: else
  fi;
  if
  :: EPOCH == 3 -> move_all(free, unaccounted, FREE)
  :: EPOCH == 1 || EPOCH == 2 -> waits[0] = 1; waits[1] = 1; has_reported[0] = 0; has_reported[1] = 0
  :: else
  fi
}

/* EPOCH 1 and 2: what an appliance reports is booked out of free, as far as that goes. Root reports nothing. */
inline report_lease(l) {
  if
  :: HONEST && IN_WORLD(l) && !records.has_signed[l] && FREE >= UNITS ->
     move_all(free, leased, UNITS); records.lent[l] = UNITS; records.has_signed[l] = 1; records.old_lease[l] = 1
  :: else
  fi
}
inline report_unit(u) {
  if
  :: HONEST && device[u] && records.place[u] == free && FREE > 0 ->
     move(free, reserved); move(reserved, keyed); records.place[u] = keyed; records.old_unit[u] = 1
  :: else
  fi
}
inline report(a) {
  if
  :: a == 0 ->
     report_lease(0); report_unit(0);
#if NAMES > 2
     report_lease(2)
#endif
  :: a == 1 ->
     skip;
#if NAMES > 1
     report_lease(1);
#endif
#if UIDS > 1
     report_unit(1)
#endif
  fi;
  has_reported[a] = 1;
  if
  :: EPOCH == 1 -> waits[a] = 0
  :: EPOCH == 2 && has_reported[0] && has_reported[1] -> waits[0] = 0; waits[1] = 0
  :: else
  fi
}

init {
  atomic { ledger.granted = GRANTED; run Watch() };
  do
  :: lease(0)
#if NAMES > 1
  :: lease(1)
#endif
#if NAMES > 2
  :: lease(2)
#endif
  :: online(0)
#if UIDS > 1
  :: online(1)
#endif
  :: d_step { killed() }
#if RAISES
  :: d_step { raised < RAISES -> raised++; ledger.granted = ledger.granted + UNITS; owner_granted = owner_granted + UNITS }
#endif
#if LOWERS
  :: d_step { lowered < LOWERS && FREE > 0 -> lowered++; ledger.granted--; owner_granted-- }
#endif
#if RESTORES
  :: d_step { !backed_up -> backed_up = 1;
       c_code { now.backup_ledger = now.ledger; now.backup_records = now.records; } }
  :: d_step { backed_up && restores < RESTORES -> restore() }
#endif
#if EPOCH == 1 || EPOCH == 2
  :: d_step { waits[0] && !has_reported[0] -> report(0) }
  :: d_step { waits[1] && !has_reported[1] -> report(1) }
#endif
#if PERSON
  :: d_step { ledger.units_in[unaccounted] > 0 && (PERSON == 2 || MAY_EXIST < owner_granted) -> move(unaccounted, free) }
#endif
  od
}
