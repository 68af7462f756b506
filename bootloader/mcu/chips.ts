/**
 * The table of chips: what distinguishes one model from another, as data (D§8).
 *
 * Knows nothing of how a family works; `family` names the code that does.
 *
 * @module
 */

/** Durations in nanoseconds: what the data sheet calls typical and maximal. */
export interface FlashTimes {
  readonly program: number;
  readonly pageErase: number;
  readonly massErase: number;
}

/** One chip of the table. */
export interface Chip {
  readonly name: string;
  readonly family: "stm32g0";
  /** Bytes of main flash; the size register shows this in kB. */
  readonly flashSize: number;
  readonly ramSize: number;
  readonly pageSize: number;
  /** DBG_IDCODE: device id 0x466 is STM32G031/G041 (OpenOCD stm32l4x.c; RM0444 DBG chapter). */
  readonly idcode: number;
  /** DPIDR of the debug port. */
  readonly dpidr: number;
  readonly mulCycles: 1 | 32;
  readonly hasRng: boolean;
  /** Package code of the PACKAGE register. */
  readonly packageCode: number;
  readonly flashTimes: { readonly typ: FlashTimes; readonly max: FlashTimes };
  /** OPTR as it leaves the factory. */
  readonly factoryOptions: number;
}

/**
 * ASSUMED from memory of the STM32G041 data sheet (DS12993, flash memory characteristics): tprog 85/125 us, tERASE 22/40 ms,
 * tME 22.1/40.1 ms.
 */
const G041_TIMES = {
  typ: { program: 85_000, pageErase: 22_000_000, massErase: 22_100_000 },
  max: { program: 125_000, pageErase: 40_000_000, massErase: 40_100_000 },
} as const;

const G041 = {
  family: "stm32g0",
  ramSize: 8192,
  pageSize: 2048,
  idcode: 0x10000466,
  dpidr: 0x0bc11477,
  mulCycles: 1,
  hasRng: true,
  packageCode: 4,
  flashTimes: G041_TIMES,
  factoryOptions: 0xfffffeaa,
} as const;

/** Every chip the model can be, by name. `stm32g0-8k` is an STM32G041 whose size register says 8. */
export const CHIPS = {
  "stm32g0-8k": { ...G041, name: "stm32g0-8k", flashSize: 8192 },
  "stm32g0-64k": { ...G041, name: "stm32g0-64k", flashSize: 65536 },
} as const satisfies Record<string, Chip>;

/** Name of a chip of the table. */
export type ChipName = keyof typeof CHIPS;
