/**
 * Which Flashseal this is: what somebody quotes in a report.
 *
 * @module
 */
import { bootloaderImages } from "../../bootloader/firmware/mod.ts";
import configuration from "../../deno.json" with { type: "json" };

/** One line: the program's version, those of the bootloader images in it, and the runtime's. */
export function versionLine(): string {
  const images = bootloaderImages().map(({ chip, variant, version }) =>
    `bootloader ${chip} ${variant} ${version}`
  );
  return [`flashseal ${configuration.version}`, ...images, `Deno ${Deno.version.deno}`].join(", ");
}
