/** The USART and the host's line: modelled time, overrun, FIFO, wrong rates, wrong pins, missing clocks (RM0444 33). @module */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Mcu } from "../../../../bootloader/mcu/mod.ts";
import { faults, makeRunning, peek, poke } from "./bench.ts";

const [APBENR1, APBENR2, IOPENR] = [0x4002103c, 0x40021040, 0x40021034];
const GPIOA = 0x50000000;
const [USART1, USART2] = [0x40013800, 0x40004400];
const [CR1, BRR, ISR, ICR, RDR, TDR] = [0x00, 0x0c, 0x1c, 0x20, 0x24, 0x28];
const [RXNE, TC, TXE, ORE, FE] = [32, 64, 128, 8, 2];
const FIFOEN = 1 << 29;

/** USART1 on PA9 and PA10 at 115,200 from HSI16 (139 clocks per bit). */
function open(mcu: Mcu, cr1 = 13): void {
  poke(mcu, IOPENR, 1);
  poke(mcu, APBENR2, 1 << 14);
  poke(mcu, GPIOA + 0x24, 0x110);
  poke(mcu, GPIOA, 0xebffffff & ~(0xf << 18) | (0xa << 18));
  poke(mcu, USART1 + BRR, 139);
  poke(mcu, USART1, cr1);
}

/** Lets time pass without the core. */
function pass(mcu: Mcu, nanos: number): void {
  mcu.run({ nanos });
}

Deno.test("Usart sends a byte in ten bit times after the idle frame", () => {
  const mcu = makeRunning();
  open(mcu);
  pass(mcu, 90_000);
  const before = mcu.nanos;
  poke(mcu, USART1 + TDR, 0x5a);
  equal(peek(mcu, USART1 + ISR) & (TXE | TC), TXE);
  equal(mcu.uart.available, 0);
  pass(mcu, 86_875 - (mcu.nanos - before) - 500);
  equal(mcu.uart.available, 0);
  pass(mcu, 2000);
  deepEqual(mcu.uart.take(), Uint8Array.of(0x5a));
  equal(peek(mcu, USART1 + ISR) & TC, TC);
  deepEqual(mcu.reports, []);
});

Deno.test("Usart receives what the host sends, ten bit times per byte", () => {
  const mcu = makeRunning();
  open(mcu);
  mcu.uart.send(Uint8Array.of(1, 2));
  pass(mcu, 80_000);
  equal(peek(mcu, USART1 + ISR) & RXNE, 0);
  pass(mcu, 10_000);
  equal(peek(mcu, USART1 + ISR) & RXNE, RXNE);
  equal(peek(mcu, USART1 + RDR), 1);
  pass(mcu, 87_000);
  equal(peek(mcu, USART1 + RDR), 2);
});

Deno.test("Usart sets ORE and loses the newer byte when RDR is not read (33.5.6)", () => {
  const mcu = makeRunning();
  open(mcu);
  mcu.uart.send(Uint8Array.of(1, 2, 3));
  pass(mcu, 300_000);
  equal(peek(mcu, USART1 + ISR) & (ORE | RXNE), ORE | RXNE);
  equal(peek(mcu, USART1 + RDR), 1);
  poke(mcu, USART1 + ICR, ORE);
  equal(peek(mcu, USART1 + ISR) & (ORE | RXNE), 0);
});

Deno.test("Usart with FIFOEN holds eight bytes and overruns with the ninth", () => {
  const mcu = makeRunning();
  open(mcu, 13 | FIFOEN);
  mcu.uart.send(Uint8Array.from({ length: 9 }, (_, i) => i));
  pass(mcu, 720_000);
  equal(peek(mcu, USART1 + ISR) & ORE, 0);
  pass(mcu, 100_000);
  equal(peek(mcu, USART1 + ISR) & ORE, ORE);
  for (let i = 0; i < 8; i++) equal(peek(mcu, USART1 + RDR), i);
  equal(peek(mcu, USART1 + ISR) & RXNE, 0);
});

Deno.test("Usart at a rate that differs by half gives garbage and a framing error", () => {
  const mcu = makeRunning();
  open(mcu);
  mcu.uart.setBaud(57_600);
  mcu.uart.send(Uint8Array.of(0x01));
  pass(mcu, 200_000);
  ok((peek(mcu, USART1 + ISR) & FE) !== 0);
  ok(peek(mcu, USART1 + RDR) !== 0x01);
});

Deno.test("Usart at a rate that differs by 2 % still frames", () => {
  const mcu = makeRunning();
  open(mcu);
  mcu.uart.setBaud(117_500);
  mcu.uart.send(Uint8Array.of(0xa5));
  pass(mcu, 100_000);
  equal(peek(mcu, USART1 + RDR), 0xa5);
});

Deno.test("SerialLine samples the device at its own rate", () => {
  const mcu = makeRunning();
  open(mcu);
  pass(mcu, 90_000);
  mcu.uart.setBaud(230_400);
  poke(mcu, USART1 + TDR, 0x0f);
  pass(mcu, 100_000);
  ok(mcu.uart.take()[0] !== 0x0f);
});

Deno.test("Usart hears nothing while RX is not in its alternate function", () => {
  const mcu = makeRunning();
  open(mcu);
  poke(mcu, GPIOA, 0xebffffff);
  mcu.uart.send(Uint8Array.of(1));
  pass(mcu, 100_000);
  equal(peek(mcu, USART1 + ISR) & RXNE, 0);
  equal(mcu.uart.errors.lost, 1);
});

Deno.test("Usart that is sent to before its transmitter is on loses the byte, with a report", () => {
  const mcu = makeRunning();
  open(mcu, 0);
  poke(mcu, USART1 + TDR, 1);
  equal(mcu.reports.length, 1);
});

Deno.test("Usart without its clock reads 0, ignores writes and is reported (RM0444 5.2.16)", () => {
  const mcu = makeRunning();
  poke(mcu, USART1 + BRR, 139);
  equal(peek(mcu, USART1 + BRR), 0);
  equal(mcu.reports.length, 1);
  equal(mcu.reports[0]!.count, 2);
});

Deno.test("Usart refuses BRR while UE is set, with a report (33.8.4)", () => {
  const mcu = makeRunning();
  open(mcu);
  poke(mcu, USART1 + BRR, 70);
  equal(peek(mcu, USART1 + BRR), 139);
  equal(mcu.reports.length, 1);
});

Deno.test("Usart reports what it does not model", () => {
  const mcu = makeRunning();
  open(mcu);
  poke(mcu, USART1 + CR1, 13 | (1 << 10));
  poke(mcu, USART1 + 0x08, 1 << 6);
  ok(faults(mcu, "ldr", USART1 + 0x30));
  equal(mcu.reports.length, 3);
});

Deno.test("USART2 answers on PA2 and PA3 where the line is wired there", () => {
  const mcu = makeRunning({ wiring: { tx: "PA2", rx: "PA3" } });
  poke(mcu, IOPENR, 1);
  poke(mcu, APBENR1, 1 << 17);
  poke(mcu, GPIOA + 0x20, 0x1100);
  poke(mcu, GPIOA, 0xebffffff & ~0xf0 | 0xa0);
  poke(mcu, USART2 + BRR, 139);
  poke(mcu, USART2, 13);
  mcu.uart.send(Uint8Array.of(0x42));
  pass(mcu, 100_000);
  equal(peek(mcu, USART2 + RDR), 0x42);
  poke(mcu, USART2 + TDR, 0x43);
  pass(mcu, 100_000);
  deepEqual(mcu.uart.take(), Uint8Array.of(0x43));
});

Deno.test("Usart interrupts when a byte has arrived and RXNEIE is set", () => {
  const mcu = makeRunning();
  open(mcu, 13 | 32);
  mcu.uart.send(Uint8Array.of(7));
  pass(mcu, 100_000);
  equal((peek(mcu, 0xe000e200) >>> 27) & 1, 1);
});

Deno.test("SerialLine keeps what the host received when the board loses power", () => {
  const mcu = makeRunning();
  open(mcu);
  pass(mcu, 90_000);
  poke(mcu, USART1 + TDR, 1);
  pass(mcu, 100_000);
  mcu.powerOff();
  mcu.uart.send(Uint8Array.of(1));
  pass(mcu, 100_000);
  deepEqual(mcu.uart.take(), Uint8Array.of(1));
  equal(mcu.uart.errors.lost, 1);
});
