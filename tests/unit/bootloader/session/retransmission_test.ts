/** When the host waits, sends again, gives up (P-10, P-38). @module */
import assert from "node:assert/strict";
import * as session from "../../../../bootloader/session/mod.ts";

const limits = { answerMs: 300, retransmissionsMax: session.RETRANSMISSIONS_MAX };
const deadline = { event: "deadline" } as const;

Deno.test("decideRetransmission(): 60 ms of silence, at most 5 times, then it gives up (P-10)", () => {
  let progress = session.startExchange(limits);
  assert.deepEqual(progress, { retransmissions: 0, waitMs: 300 });
  for (let sent = 1; sent <= 5; sent += 1) {
    const decision = session.decideRetransmission(progress, deadline, limits);
    assert.deepEqual(decision, {
      act: "retransmit",
      afterSilenceMs: 60,
      progress: { retransmissions: sent, waitMs: 300 },
    });
    progress = (decision as Extract<session.ExchangeDecision, { act: "retransmit" }>).progress;
  }
  assert.deepEqual(session.decideRetransmission(progress, deadline, limits), { act: "give-up" });
});

Deno.test("decideRetransmission(): after WORKING the deadline is the time named plus 200 ms (P-10, P-11)", () => {
  const progress = { retransmissions: 2, waitMs: 300 };
  const working = session.decideRetransmission(progress, { event: "working", milliseconds: 3000 }, limits);
  assert.deepEqual(working, { act: "wait", progress: { retransmissions: 2, waitMs: 3200 } });
  const after = session.decideRetransmission({ retransmissions: 2, waitMs: 3200 }, deadline, limits);
  assert.deepEqual(after, {
    act: "retransmit",
    afterSilenceMs: 60,
    progress: { retransmissions: 3, waitMs: 300 },
  });
});

Deno.test("decideRetransmission(): a frame that is not sent again is given up at its deadline (P-38)", () => {
  const once = { ...limits, retransmissionsMax: 0 };
  assert.deepEqual(session.decideRetransmission(session.startExchange(once), deadline, once), {
    act: "give-up",
  });
});

Deno.test("answerDeadlineMs(): longer than the frame, the longest answer and 100 ms of work (P-11)", () => {
  const ms = session.answerDeadlineMs({ sentBytes: 556, baud: 115_200 });
  const wire = (556 + 1032) * 10 / 115.2;
  assert.ok(ms > wire + 100 && ms < wire + 300, String(ms));
});
