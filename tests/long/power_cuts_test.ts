/**
 * Power cut at every flash operation of a delivery and of the way back, in every way; `tests/evidence` has samples of it.
 *
 * @module
 */
import { evidence } from "../evidence/_site.ts";
import { cutTwice } from "../evidence/power_cut_double.ts";
import { cutInstall, cutTransfer } from "../evidence/power_cut_walks.ts";

evidence(
  "power cut before, in and after every flash operation of install and option write (D§7): defined, unreadable, completed on the same ticket",
  () => cutInstall("all"),
);

evidence(
  "power cut before, in and after every flash operation of transfer and commit (D§7): defined, unreadable, completed on the same ticket",
  () => cutTransfer("all"),
);

evidence(
  "power cut twice at random, 24 boards (D§6, D§7): a defined cause each time, then delivered on the same ticket",
  () => cutTwice(24),
);
