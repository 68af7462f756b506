/** What the head of an appliance's record does (P-69), case by case. @module */
import assert from "node:assert/strict";
import { decideHead, type HeadPlan, type RecordPlace } from "../../../../authority/ledger/mod.ts";

const none: RecordPlace = { number: 0, hash: "" };
/** The one record: number n has the hash `n`; another record has `other n`. */
const at = (number: number): RecordPlace => ({ number, hash: `${number}` });
const other = (number: number): RecordPlace => ({ number, hash: `other ${number}` });

interface Case {
  readonly name: string;
  readonly kept: readonly number[];
  /** Sequence of the newest kept head; 100 unless said. */
  readonly head: RecordPlace;
  readonly sequence: number;
  readonly base?: RecordPlace;
  readonly asked?: RecordPlace;
  readonly plan: HeadPlan;
}

const keep = { act: "keep" } as const;
const nothing = { act: "nothing" } as const;

const cases: readonly Case[] = [
  { name: "the first head of all is kept", kept: [], head: at(7), sequence: 1, plan: keep },
  { name: "an empty record has nothing to keep", kept: [], head: none, sequence: 1, plan: nothing },
  { name: "the same head again changes nothing", kept: [5, 10], head: at(10), sequence: 101, plan: nothing },
  {
    name: "a head that proves the newest one is kept",
    kept: [5, 10],
    head: at(12),
    sequence: 101,
    base: at(10),
    plan: keep,
  },
  {
    name: "a lost answer: the base is older, so the newest is asked for",
    kept: [5, 10],
    head: at(12),
    sequence: 101,
    base: at(5),
    plan: { act: "ask", number: 10 },
  },
  {
    name: "asked and answered",
    kept: [5, 10],
    head: at(12),
    sequence: 102,
    base: at(5),
    asked: at(10),
    plan: keep,
  },
  {
    name: "a server restored from a backup knows less than the appliance: it asks and freezes nobody",
    kept: [5],
    head: at(300),
    sequence: 900,
    base: at(290),
    plan: { act: "ask", number: 5 },
  },
  {
    name: "and goes on once it is answered",
    kept: [5],
    head: at(300),
    sequence: 901,
    base: at(290),
    asked: at(5),
    plan: keep,
  },
  {
    name: "a request that was overtaken is late",
    kept: [5, 10],
    head: at(8),
    sequence: 99,
    base: at(5),
    plan: nothing,
  },
  {
    name: "a later request with a shorter record: put back",
    kept: [5, 10],
    head: at(8),
    sequence: 101,
    base: at(5),
    plan: { act: "freeze", because: "put-back", common: 8 },
  },
  {
    name: "an empty record after a longer one: put back",
    kept: [5, 10],
    head: none,
    sequence: 101,
    plan: { act: "freeze", because: "put-back", common: 0 },
  },
  {
    name: "the same number with another hash: forked",
    kept: [5, 10],
    head: other(10),
    sequence: 101,
    base: at(5),
    plan: { act: "freeze", because: "forked", common: 5 },
  },
  {
    name: "another hash, however late the request is",
    kept: [5, 10],
    head: other(10),
    sequence: 99,
    plan: { act: "freeze", because: "forked", common: 0 },
  },
  {
    name: "a record that has grown past the known one on another way",
    kept: [5, 10],
    head: other(40),
    sequence: 101,
    base: at(5),
    asked: other(10),
    plan: { act: "freeze", because: "forked", common: 5 },
  },
  {
    name: "an appliance whose record no longer has what was acknowledged reports itself",
    kept: [5, 10],
    head: at(40),
    sequence: 101,
    base: other(10),
    plan: { act: "freeze", because: "forked", common: 0 },
  },
  {
    name: "a number asked for that it does not have proves nothing",
    kept: [5, 10],
    head: at(12),
    sequence: 101,
    asked: none,
    plan: { act: "ask", number: 10 },
  },
];

for (const { name, kept, head, sequence, base = none, asked = none, plan } of cases) {
  Deno.test(`decideHead(): ${name} (P-69)`, () => {
    const newest = kept.at(-1);
    assert.deepEqual(
      decideHead({
        reported: { ...head, sequence, base, asked },
        newest: newest === undefined ? undefined : { number: newest, sequence: 100 },
        hashAt: (number) => kept.includes(number) ? `${number}` : undefined,
      }),
      plan,
    );
  });
}
