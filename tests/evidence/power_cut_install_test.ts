/**
 * Power cut at flash operations of an installation (erase, bootloader, option write), and of the way back to a blank chip
 * at the next try: the "cut off" up to the lock. A sample; `tests/long/power_cuts_test.ts` cuts at every one.
 *
 * @module
 */
import { evidence } from "./_site.ts";
import { cutInstall } from "./power_cut_walks.ts";

evidence(
  "power cut before, in and after flash operations of install and option write (D§7): defined, unreadable, completed on the same ticket",
  () => cutInstall("sample"),
);
