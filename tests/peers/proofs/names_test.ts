/** The models and the code speak of the same places and moves of a unit: `ledger.pml` beside `authority/ledger`. @module */

import assert from "node:assert/strict";
import { moves, type Place } from "../../../authority/ledger/mod.ts";
import { forbiddenMoves, modelMoves, modelPlaces } from "./_model_moves.ts";

const places = Object.keys(moves) as Place[];
const ledgerMoves = places.flatMap((from) => moves[from].map((to) => `${from} > ${to}`));
const taken = [...new Set(Object.values(modelMoves).flat())];

Deno.test("ledger.pml names the places of authority/ledger and no other", () => {
  assert.deepEqual([...modelPlaces].sort(), [...places].sort());
});

Deno.test("the models take every move of authority/ledger's table, and no other", () => {
  assert.deepEqual(taken.sort(), [...ledgerMoves].sort());
});

Deno.test("what a model does only without a guard is no move of authority/ledger's table", () => {
  assert(forbiddenMoves.length > 0);
  assert.deepEqual(forbiddenMoves.filter((move) => ledgerMoves.includes(move)), []);
});
