/**
 * The virtual clock: an exact count of picoseconds, advanced by core cycles at the present frequency, and the alarms
 * that devices set on it (D§8: a device's time is the same number on every machine).
 *
 * Knows no device and no wall clock. Frequencies are ratios, so a PLL of 48 MHz accumulates no rounding error.
 *
 * @module
 */

/** Picoseconds per cycle as a fraction of two positive integers. */
export interface Period {
  readonly num: number;
  readonly den: number;
}

/** A point in time at which a device wants to be called; `at` is Infinity while it wants nothing. */
export class Alarm {
  readonly fire: () => void;
  readonly #changed: () => void;
  #at = Infinity;

  constructor(fire: () => void, changed: () => void) {
    this.fire = fire;
    this.#changed = changed;
  }

  get at(): number {
    return this.#at;
  }

  set at(time: number) {
    this.#at = time;
    this.#changed();
  }
}

/** Exact time of one model. Beyond 2^53 ps (2.5 h) single picoseconds are rounded, equally on every machine. */
export class Clock {
  /** Picoseconds since the model was made or restored. */
  now = 0;
  /** Alarms that went off since the model was made; not part of a snapshot. */
  fired = 0;
  #period: Period = { num: 62500, den: 1 };
  #rest = 0;
  readonly #alarms: Alarm[] = [];
  /** Time of the earliest alarm; every access of the core to a device compares with it. */
  #next = Infinity;

  /** Registers an alarm; set its `at` to arm it. */
  alarm(fire: () => void): Alarm {
    const alarm = new Alarm(fire, () => {
      this.#next = this.#earliest()?.at ?? Infinity;
    });
    this.#alarms.push(alarm);
    return alarm;
  }

  get period(): Period {
    return this.#period;
  }

  /** Changes the core frequency from now on. The fraction of a picosecond in hand is dropped. */
  setPeriod(period: Period): void {
    this.#period = period;
    this.#rest = 0;
  }

  /** Advances by whole core cycles and fires what became due, in order of time. */
  advanceCycles(cycles: number): void {
    const { num, den } = this.#period;
    const total = this.#rest + cycles * num;
    const whole = Math.floor(total / den);
    this.#rest = total - whole * den;
    this.advanceTo(this.now + whole);
  }

  /** Advances to a point in time and fires what became due; earlier points change nothing. */
  advanceTo(time: number): void {
    while (this.#next <= time) {
      const alarm = this.#earliest();
      if (alarm === null) break;
      this.now = Math.max(this.now, alarm.at);
      alarm.at = Infinity;
      this.fired++;
      alarm.fire();
    }
    if (time > this.now) this.now = time;
  }

  /** The time of the next alarm, Infinity for none. */
  get next(): number {
    return this.#next;
  }

  /** Core cycles from now until `time` is reached, rounded up. */
  cyclesUntil(time: number): number {
    if (time <= this.now) return 0;
    const { num, den } = this.#period;
    return Math.ceil(((time - this.now) * den - this.#rest) / num);
  }

  /** What a snapshot carries. */
  save(): number[] {
    return [
      this.now,
      this.#period.num,
      this.#period.den,
      this.#rest,
      ...this.#alarms.map((alarm) => alarm.at),
    ];
  }

  /** Takes back what `save` gave; alarms are in order of registration. */
  load(saved: readonly number[]): void {
    const [now = 0, num = 1, den = 1, rest = 0, ...alarms] = saved;
    this.now = now;
    this.#period = { num, den };
    this.#rest = rest;
    this.#alarms.forEach((alarm, i) => alarm.at = alarms[i] ?? Infinity);
  }

  #earliest(): Alarm | null {
    let first: Alarm | null = null;
    for (const alarm of this.#alarms) if (alarm.at < (first?.at ?? Infinity)) first = alarm;
    return first;
  }
}
