/**
 * Power cut at flash operations of a transfer (erases, image, commit word), and of the unlock and erase at the next try:
 * the "cut off" from the lock to the receipt. A sample; `tests/long/power_cuts_test.ts` cuts at every one.
 *
 * @module
 */
import { evidence } from "./_site.ts";
import { cutTransfer } from "./power_cut_walks.ts";

evidence(
  "power cut before, in and after flash operations of transfer and commit (D§7): defined, unreadable, completed on the same ticket",
  () => cutTransfer("sample"),
);
