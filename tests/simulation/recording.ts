/**
 * One good delivery to the bootloader on the model, with a snapshot of the chip after each exchange: other tests start
 * from any state of PROTOCOL section 11 without going there again.
 * @module
 */
import assert from "node:assert/strict";
import type { Snapshot } from "../../bootloader/mcu/mod.ts";
import type { KeyAnswer } from "../../bootloader/session/mod.ts";
import { HostSession } from "../../bootloader/session/mod.ts";
import { transfer } from "../vectors/protocol/deliver.ts";
import type { World } from "../vectors/protocol/world.ts";
import type { ModelTargetOptions } from "./model_target.ts";
import { ModelTarget } from "./model_target.ts";

/** One exchange: what the host sent, what came back, the chip afterwards. */
export interface RecordedExchange {
  readonly sent: Uint8Array;
  readonly received: readonly Uint8Array[];
  readonly after: Snapshot;
  /** Core cycles and modelled nanoseconds from the first byte sent to the last received. */
  readonly cycles: number;
  readonly nanos: number;
}

/** A delivery up to the receipt; `hello` is the exchange that ends in READY, and so on. */
export interface Recording {
  readonly world: World;
  readonly target: ModelTarget;
  readonly hello: RecordedExchange;
  readonly ticket: RecordedExchange;
  readonly message2: RecordedExchange;
  readonly chunks: readonly RecordedExchange[];
  /** The frame with a valid ACK, not sent yet. */
  readonly acknowledge: Uint8Array;
  readonly keyAnswer: KeyAnswer;
  /** The 100 bytes of the receipt. */
  readonly receipt: Uint8Array;
}

/** Runs a delivery in a world up to RECEIPT. `prepare` sees the chip before its power comes on for the last time. */
export function record(
  world: World,
  options: Partial<ModelTargetOptions> = {},
  prepare?: (target: ModelTarget) => void,
): Recording {
  const target = new ModelTarget({
    uid: world.uid,
    installBlock: world.installBlock,
    seed: `recording of ${world.uid}`,
    ...options,
  });
  prepare?.(target);
  const exchanges: RecordedExchange[] = [];
  const recorder = {
    receive(sent: Uint8Array): Uint8Array[] {
      const { cycles, nanos } = target.mcu;
      const received = target.receive(sent);
      exchanges.push({
        sent,
        received,
        after: target.mcu.snapshot(),
        cycles: target.mcu.cycles - cycles,
        nanos: target.mcu.nanos - nanos,
      });
      return received;
    },
  };
  const session = new HostSession();
  const { step, keyAnswer } = transfer({ ...world, target: recorder as World["target"] }, session);
  assert.equal(step.step, "receipt", `the delivery ended with ${JSON.stringify(step)}`);
  const [hello, ticket, message2, ...chunks] = exchanges;
  return {
    world,
    target,
    hello: hello!,
    ticket: ticket!,
    message2: message2!,
    chunks,
    acknowledge: session.acknowledge().bytes,
    keyAnswer,
    receipt: (step as Extract<typeof step, { step: "receipt" }>).body,
  };
}
