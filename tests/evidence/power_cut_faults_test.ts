/**
 * The sweep finds what it is for: bootloaders with one line changed (`power_cut_variants/`) deliver as well as the
 * committed one, and power cuts tell them apart.
 *
 * @module
 */
import assert from "node:assert/strict";
import { withInstallBlock } from "../../bootloader/firmware/mod.ts";
import { evidence } from "./_site.ts";
import { type Bootloader, summary, sweep } from "./power_cut_sweep.ts";
import firstWordFirst from "./power_cut_variants/first_word_first.bin" with { type: "bytes" };
import oldVectorKept from "./power_cut_variants/old_vector_kept.bin" with { type: "bytes" };
import startUnchecked from "./power_cut_variants/start_unchecked.bin" with { type: "bytes" };
import variants from "./power_cut_variants/variants.json" with { type: "json" };

const PAGE_BYTES = 2048;
/** Of the double words of page 0, how many are skipped between two that are attacked. */
const STEP = 50;

const images = {
  first_word_first: firstWordFirst,
  old_vector_kept: oldVectorKept,
  start_unchecked: startUnchecked,
} as const;

/** What the judge says of at least one board. */
const expected = {
  first_word_first: /core firmware/,
  old_vector_kept: /starts in a mixture/,
  start_unchecked: /in no state of D§7/,
} as const;

function bootloaderOf(name: keyof typeof images): Bootloader {
  const { installBlockOffset, stop } = variants[name];
  const image = { bytes: new Uint8Array(images[name]), installBlockOffset };
  return { version: 0x0001_0000, stop, withInstallBlock: (block) => withInstallBlock(image, block) };
}

for (const name of Object.keys(images) as (keyof typeof images)[]) {
  evidence(`power cut: the sweep fails for the bootloader "${name}" (${variants[name].breaks})`, async () => {
    const report = await sweep({
      bootloader: bootloaderOf(name),
      pick(all, { kind, offset, number }, locked) {
        if (!locked) return [];
        return kind === "erase-page" || (offset < PAGE_BYTES && number % STEP === 0) ? all : [];
      },
      retries: [],
      spotChecks: 0,
      judgeOnly: true,
    });
    console.log(`power cut, ${name}: ${summary(report)}`);
    assert.match(report.failures.join("\n"), expected[name]);
  });
}
