/**
 * The target once more: a slow, obvious reading of PROTOCOL.md alone, on @noble, importing nothing of the product.
 * Tests drive it where the machine code would stand, and hold the machine code against it. It keeps flash as an array, power
 * as a method, and time as `elapse()`; pages, clocks and protection of a real chip are the MCU model's business.
 * @module
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { h32, join, label, le, num, referenceCrc, same, zero } from "./bytes.ts";
import type { TargetChip, TargetState } from "./chip.ts";
import { PAGE, TYPE } from "./chip.ts";
import { decrypt, encrypt, Initiator } from "./noise.ts";

export type { TargetChip, TargetState } from "./chip.ts";

/** One target. */
export class ReferenceTarget {
  state: TargetState = "FAIL";
  flash: Uint8Array;
  /** Flash words programmed and pages erased, in order: what a test may ask about (P-34, P-36). */
  operations: ({ erase: number } | { program: number })[] = [];
  options: number[];
  lock: number;

  #received: number[] = [];
  #deaf = false;
  #last: { sequence: number; crc: number; answer: Uint8Array } | null = null;
  #quietMs = 0;
  // Everything below is wiped on FAIL and at the end.
  #ticket: Uint8Array = new Uint8Array(0);
  #handshake: Initiator | null = null;
  #hh: Uint8Array = new Uint8Array(0);
  #sendKey: Uint8Array = new Uint8Array(0);
  #receiveKey: Uint8Array = new Uint8Array(0);
  #sent = 0;
  #got = 0;
  #releaseKey: Uint8Array = new Uint8Array(0);
  #salt: Uint8Array = new Uint8Array(0);
  #receiptKey: Uint8Array = new Uint8Array(0);
  #personal: Uint8Array = new Uint8Array(0);
  #toAsk: number[] = [];
  #firstWord: Uint8Array = new Uint8Array(8);
  #receipt: Uint8Array = new Uint8Array(0);

  constructor(public chip: TargetChip) {
    this.flash = new Uint8Array(chip.flashKb * 1024).fill(0xff);
    this.flash.set(chip.installBlock, 256); // The bootloader's own bytes stand for "something is there".
    this.options = [...chip.options];
    this.lock = chip.lock;
    this.powerCycle();
  }

  /** Removes power and brings it back. */
  powerCycle(): void {
    this.#wipe();
    this.#received = [];
    this.#deaf = false;
    this.#last = null;
    if (this.#inForce() === false && this.chip.optionsCanBeSet) {
      // P-42: one option write, once per power-on.
      for (let i = 0; i < 4; i++) {
        const mask = this.#mask(i);
        this.options[i] = ((this.options[i]! & ~mask) | (this.#value(i) & mask)) >>> 0;
      }
      this.lock = this.chip.installBlock[17]!;
    }
    this.state = this.#inForce() ? "READY" : "OPEN";
  }

  /** Lets time pass without a byte on the link. */
  elapse(ms: number): void {
    if (ms >= 50) {
      // P-9: a pause within a frame discards what was received of it.
      this.#received = [];
      this.#deaf = false;
    }
    this.#quietMs += ms;
    // P-37: 2 s without a frame end DONE.
    if (this.state === "DONE" && this.#quietMs >= 2000) this.#start();
  }

  /** Takes bytes from the link and returns the frames that it answers with, in order. */
  receive(bytes: Uint8Array): Uint8Array[] {
    const answers: Uint8Array[] = [];
    for (const byte of bytes) {
      if (this.state === "started" || this.#deaf) break;
      this.#received.push(byte);
      const length = this.#received.length < 2 ? 0 : num(Uint8Array.from(this.#received), 0, 2);
      if (length > 1024) {
        this.#received = []; // P-9
        this.#deaf = true;
      } else if (this.#received.length >= 4 && this.#received.length === length + 8) {
        const frame = Uint8Array.from(this.#received);
        this.#received = [];
        answers.push(...this.#frame(frame));
      }
    }
    return answers;
  }

  #frame(frame: Uint8Array): Uint8Array[] {
    const body = frame.slice(4, frame.length - 4);
    const crc = num(frame, frame.length - 4, 4);
    if (crc !== referenceCrc(frame.slice(0, frame.length - 4))) return []; // P-9
    this.#quietMs = 0;
    const sequence = frame[2]!;
    if (this.#last !== null && this.#last.sequence === sequence && this.#last.crc === crc) {
      return [this.#last.answer]; // P-8
    }
    const working: Uint8Array[] = [];
    const say = (ms: number) => working.push(this.#encode(sequence, TYPE.WORKING, le(ms, 2))); // P-11
    const [type, answer] = this.#answer(frame[3]!, body, say);
    const final = this.#encode(sequence, type, answer);
    this.#last = { sequence, crc, answer: final };
    return [...working.slice(0, 1), final]; // P-5
  }

  #encode(sequence: number, type: number, body: Uint8Array): Uint8Array {
    const head = join(le(body.length, 2), Uint8Array.of(sequence, type), body);
    return join(head, le(referenceCrc(head), 4));
  }

  /** Section 11, row by row. */
  #answer(type: number, body: Uint8Array, say: (ms: number) => void): [number, Uint8Array] {
    const state = this.state;
    if ((state === "OPEN" || state === "READY") && type === TYPE.HELLO && body.length === 1) {
      return [TYPE.HELLO_REPLY, this.#hello()];
    }
    if (state === "READY" && type === TYPE.TICKET) {
      say(3000);
      const message1 = this.#takeTicket(body);
      if (message1 !== null) return this.#go("KEYING", TYPE.MESSAGE1, message1);
    }
    if (state === "KEYING" && type === TYPE.MESSAGE2) {
      say(1500);
      if (this.#takeMessage2(body)) return this.#go("TRANSFER", TYPE.NEXT, this.#next());
    }
    if (state === "TRANSFER" && type === TYPE.CHUNK) {
      if (this.#toAsk.length === 1) say(500);
      if (this.#takeChunk(body)) {
        if (this.#toAsk.length > 0) return this.#go("TRANSFER", TYPE.NEXT, this.#next());
        if (this.#commit()) return this.#go("DONE", TYPE.RECEIPT, this.#receipt);
      }
    }
    if (state === "DONE") {
      if (type === TYPE.POLL && body.length === 0) return [TYPE.RECEIPT, this.#receipt]; // P-37
      const good = type === TYPE.ACK && body.length === 16 && this.#open(body) !== null;
      this.#start();
      return good ? [TYPE.BYE, new Uint8Array(0)] : [TYPE.STATUS, Uint8Array.of(1)];
    }
    return this.#fail();
  }

  #go(state: TargetState, type: number, body: Uint8Array): [number, Uint8Array] {
    this.state = state;
    return [type, body];
  }

  /** P-47, P-49. */
  #fail(): [number, Uint8Array] {
    if (this.state === "TRANSFER") this.#eraseAll();
    this.#wipe();
    this.state = "FAIL";
    return [TYPE.STATUS, Uint8Array.of(1)];
  }

  #start(): void {
    this.#wipe();
    this.state = "started";
  }

  #hello(): Uint8Array {
    const { family, flashKb, chipId, bootloader, uid, entropy, installBlock } = this.chip;
    const options = join(...this.options.map((word) => le(word, 4)));
    const head = Uint8Array.of(1, 1, this.lock, 1, entropy, 0);
    return join(
      head,
      le(family, 2),
      le(flashKb, 2),
      le(chipId, 2),
      le(bootloader, 4),
      uid,
      options,
      installBlock.slice(24, 36),
    );
  }

  #value(i: number): number {
    return num(this.chip.installBlock, 40 + 4 * i, 4);
  }

  #mask(i: number): number {
    return num(this.chip.installBlock, 56 + 4 * i, 4);
  }

  #inForce(): boolean {
    return this.lock === this.chip.installBlock[17] &&
      this.#optionsAre((i) => this.#value(i), (i) => this.#mask(i));
  }

  #optionsAre(value: (i: number) => number, mask: (i: number) => number): boolean {
    return [0, 1, 2, 3].every((i) => ((this.options[i]! ^ value(i)) & mask(i)) === 0);
  }

  /** Section 5; the message 1 to answer with, or null. */
  #takeTicket(sealed: Uint8Array): Uint8Array | null {
    const block = this.chip.installBlock;
    if (sealed.length !== 352) return null;
    const t = sealed.slice(0, 288);
    // P-13: the signature before any field.
    if (!ed25519.verify(sealed.slice(288), t, block.slice(72, 104), { zip215: false })) return null;
    if (!same(t.slice(0, 16), label("flashseal ticket")) || t[16] !== 1 || t[17] !== 1 || t[18] !== 1) {
      return null; // P-14
    }
    if (!same(t.slice(24, 36), block.slice(24, 36)) || num(t, 36, 2) !== this.chip.family) return null; // P-14
    if (!zero(t.slice(38, 40)) || !zero(t.slice(272, 288)) || num(t, 20, 4) > 1) return null; // Section 1: reserved.
    const uidFits = this.chip.uid.every((x, i) => (x & t[148 + i]!) === (t[132 + i]! & t[148 + i]!));
    if (!uidFits) return null; // P-15
    const length = num(t, 120, 4), offset = num(t, 124, 4), personal = num(t, 128, 4);
    if (length === 0 || length % 512 !== 0 || length > this.flash.length) return null; // P-16
    const absent = offset === 0 && personal === 0;
    const present = personal > 0 && personal % 8 === 0 && offset % 8 === 0 && offset >= 8 &&
      personal <= 768 &&
      offset + personal <= length;
    if (!absent && !present) return null; // P-17
    if (!this.#optionsAre((i) => num(t, 220 + 4 * i, 4), (i) => num(t, 236 + 4 * i, 4))) return null; // P-18
    if (t[19] !== this.lock) return null; // P-18
    const ephemeral = this.#draw();
    if (ephemeral === null) return null; // P-24
    this.#ticket = t;
    this.#handshake = new Initiator(sealed, t.slice(172, 204), ephemeral);
    return this.#handshake.message1(this.#payload());
  }

  /** P-24: at least 16 raw words, no error, no two consecutive ones equal. */
  #draw(): Uint8Array | null {
    const words: number[] = [];
    for (let i = 0; i < 16; i++) {
      const word = this.chip.word();
      if (word === null || word === words[i - 1]) return null;
      words.push(word);
    }
    return h32(join(...words.map((word) => le(word, 4))));
  }

  /** P-25. */
  #payload(): Uint8Array {
    const { family, chipId, bootloader, uid, entropy, flashKb } = this.chip;
    const classes = Uint8Array.of(entropy, this.lock, 1, 0);
    return join(le(family, 2), le(chipId, 2), le(bootloader, 4), uid, classes, le(flashKb, 2), le(0, 2));
  }

  /** P-27, P-28. */
  #takeMessage2(message: Uint8Array): boolean {
    const personal = num(this.#ticket, 128, 4);
    if (message.length !== 144 + personal) return false;
    const done = this.#handshake!.message2(message);
    if (done === null) return false;
    this.#handshake = null;
    this.#hh = done.hh.slice();
    this.#sendKey = done.send.slice();
    this.#receiveKey = done.receive.slice();
    this.#releaseKey = done.content.slice(0, 32);
    this.#salt = done.content.slice(32, 64);
    this.#receiptKey = done.content.slice(64, 96);
    this.#personal = done.content.slice(96);
    this.#toAsk = this.#order(num(this.#ticket, 120, 4) / 512);
    return true;
  }

  /** P-33: highest page first, ascending within a page. */
  #order(count: number): number[] {
    const perPage = PAGE / 512;
    const order: number[] = [];
    for (let page = Math.ceil(count / perPage) - 1; page >= 0; page--) {
      for (let i = page * perPage; i < Math.min(count, (page + 1) * perPage); i++) order.push(i);
    }
    return order;
  }

  #next(): Uint8Array {
    return this.#seal(join(le(this.#toAsk[0]!, 2), le(this.#toAsk.length, 2))); // P-30
  }

  #seal(clear: Uint8Array): Uint8Array {
    const sealed = encrypt(this.#sendKey, this.#sent, new Uint8Array(0), clear);
    this.#sent += 1;
    return sealed;
  }

  #open(sealed: Uint8Array): Uint8Array | null {
    const clear = decrypt(this.#receiveKey, this.#got, new Uint8Array(0), sealed);
    this.#got += 1;
    return clear;
  }

  /** P-31, P-33, P-34. */
  #takeChunk(body: Uint8Array): boolean {
    if (body.length !== 548) return false;
    const clear = this.#open(body);
    const index = this.#toAsk[0]!;
    if (clear === null || num(clear, 0, 4) !== index) return false;
    const length = num(this.#ticket, 120, 4);
    const place = [le(index, 4), le(length / 512, 4), le(length, 4)];
    const ad = join(label("flashseal chunk"), this.#ticket.slice(72, 88), ...place);
    const chunk = decrypt(this.#releaseKey, index, ad, clear.slice(4));
    if (chunk === null) return false;
    // Both tags held: from here on flash changes.
    const first = this.#toAsk.length === length / 512;
    if (first) {
      for (let page = this.flash.length / PAGE - 1; page >= Math.ceil(length / PAGE); page--) {
        this.#erase(page);
      }
    }
    if (index * 512 % PAGE === 0) this.#erase(index * 512 / PAGE);
    for (let at = 0; at < 512; at += 8) this.#program(index * 512 + at, chunk.slice(at, at + 8));
    this.#toAsk.shift();
    return true;
  }

  /** Writes one flash word of the image, with the personal region's bytes from message 2 (P-34) and word 0 kept back (P-36). */
  #program(address: number, word: Uint8Array): void {
    const offset = num(this.#ticket, 124, 4);
    const mine = address >= offset && address < offset + this.#personal.length;
    const data = mine ? this.#personal.slice(address - offset, address - offset + 8) : word;
    if (address === 0) this.#firstWord = data.slice();
    else this.#write(address, data);
  }

  #write(address: number, data: Uint8Array): void {
    if (data.every((x) => x === 0xff)) return; // P-34
    this.flash.set(data, address);
    this.operations.push({ program: address });
  }

  #erase(page: number): void {
    this.flash.fill(0xff, page * PAGE, (page + 1) * PAGE);
    this.operations.push({ erase: page });
  }

  #eraseAll(): void {
    for (let page = this.flash.length / PAGE - 1; page >= 0; page--) this.#erase(page);
  }

  /** Section 8, and the receipt of section 9. */
  #commit(): boolean {
    const offset = num(this.#ticket, 124, 4);
    const region = this.flash.slice(offset, offset + this.#personal.length);
    if (!same(region, this.#personal)) return false;
    const whole = this.flash.slice();
    whole.set(this.#firstWord, 0);
    whole.fill(0xff, offset, offset + this.#personal.length);
    const digest = h32(join(label("flashseal digest"), this.#salt, whole));
    if (!same(digest, this.#ticket.slice(88, 120))) return false;
    this.#write(0, this.#firstWord);
    if (!same(this.flash.slice(0, 8), this.#firstWord)) return false;
    const says = join(digest, h32(region), Uint8Array.of(this.lock, this.chip.entropy, 1, 0));
    const covered = join(label("flashseal rcpt"), this.#hh, this.chip.uid, this.#ticket.slice(40, 56), says);
    this.#receipt = this.#seal(join(says, hmac(sha512, this.#receiptKey, covered).slice(0, 32)));
    return true;
  }

  #wipe(): void {
    this.#ticket = new Uint8Array(0);
    this.#handshake = null;
    this.#hh =
      this.#sendKey =
      this.#receiveKey =
      this.#releaseKey =
      this.#salt =
      this.#receiptKey =
        new Uint8Array(0);
    this.#personal = this.#receipt = new Uint8Array(0);
    this.#firstWord = new Uint8Array(8);
    this.#sent = this.#got = this.#quietMs = 0;
    this.#toAsk = [];
  }
}
