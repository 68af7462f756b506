/* The ledger's words: places of a unit and moves between them, by the names of authority/ledger/units.ts.
   names_test.ts compares: the places below with that table's rows, every move( , ) of the models with its entries.
   As there, what is free is not kept but is what is left of `granted`. */

#define free        0
#define leased      1
#define reserved    2
#define keyed       3
#define committed   4
#define lost        5
#define unaccounted 6

typedef Ledger {
  byte granted;
  byte units_in[7]   /* [free] stays 0 */
};
Ledger ledger;

#define IN_USE (ledger.units_in[leased] + ledger.units_in[reserved] + ledger.units_in[keyed] + \
  ledger.units_in[committed] + ledger.units_in[lost] + ledger.units_in[unaccounted])
#define FREE (ledger.granted - IN_USE)

#define put(from, to, count) \
  ledger.units_in[from] = ledger.units_in[from] - (from != free) * (count); \
  ledger.units_in[to] = ledger.units_in[to] + (to != free) * (count)

/* One unit, or several, along an entry of the ledger's table. Each says once in a run that it was taken: a model that
   never gets there proves nothing about it. (Names are turned into text here: one macro deeper they are numbers.) */
#define move(from, to) \
  c_code { static int said; if (!said) { said = 1; printf("move " #from " > " #to "\n"); } }; put(from, to, 1)
#define move_all(from, to, count) \
  c_code { static int said; if (!said) { said = 1; printf("move " #from " > " #to "\n"); } }; put(from, to, count)

/* What only a model without one of its guards does. */
#define forbidden_move(from, to) put(from, to, 1)

/* A law, for the process Watch: it moves only when the law is broken, says which, and ends the search. */
#define law(name, condition) \
  :: d_step { !(condition) -> c_code { printf("broken " #name "\n"); }; assert(false) }
