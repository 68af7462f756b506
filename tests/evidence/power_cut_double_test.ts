/**
 * Power cut at random, and again while the next delivery mends the board. Some boards; `tests/long/power_cuts_test.ts` has
 * more.
 *
 * @module
 */
import { evidence } from "./_site.ts";
import { cutTwice } from "./power_cut_double.ts";

evidence(
  "power cut twice at random with the agent awake (D§6, D§7): a defined cause each time, then delivered on the same ticket",
  () => cutTwice(2),
);
