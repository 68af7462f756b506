/**
 * The folder of `demo --capture`: made when missing, freed of what an earlier demo captured, so that everything in it is of
 * this one.
 *
 * @module
 */
import { Fault } from "../../bootloader/wire/mod.ts";

/** What a demo writes (D§12); nothing else in the folder is touched. */
const CAPTURE = /^\d{2,}-[0-9a-f]{24}-(?:debug-tx|debug-rx|link-tx|link-rx|firmware)\.bin$/;
const IMAGE = "image.bin";

/** Makes the folder ready. @throws {Fault} when it is a file, or its files cannot be changed */
export async function readyCaptureFolder(folder: string): Promise<void> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && (CAPTURE.test(name) || name === IMAGE)) await Deno.remove(`${folder}/${name}`);
    }
  } catch (cause) {
    const says = cause instanceof Deno.errors.AlreadyExists || cause instanceof Deno.errors.NotADirectory
      ? "it is a file, or lies below one; choose another folder"
      : "check its rights, or choose another folder";
    throw new Fault(`Cannot capture into "${folder}": ${says}`, { place: "disk", retry: false, cause });
  }
}

/** Writes the whole clear image beside the captures, to be searched for in them. */
export async function writeClearImage(folder: string, image: Uint8Array): Promise<void> {
  await Deno.writeFile(`${folder}/${IMAGE}`, image);
}
