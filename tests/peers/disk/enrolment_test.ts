/**
 * An enrolment that was answered survives a power loss: the code is used up, so an identity that is forgotten would
 * leave the appliance without a way back.
 *
 * @module
 */
import assert from "node:assert/strict";
import { agentStatus } from "../../../agent/mod.ts";
import { runProcess } from "../../chaos/_process.ts";
import { makeSite } from "../../chaos/_site.ts";
import { mountForgetful, mustSkip } from "./_forgetful.ts";

const ignore = mustSkip("power losses after enrolment");
const ENROLMENTS = 6;

Deno.test({
  name: `${ENROLMENTS} enrolments, each followed by a power loss at once: every appliance is still enrolled`,
  ignore,
  async fn() {
    const disk = await mountForgetful();
    const site = await makeSite({ granted: 1 });
    try {
      for (let number = 1; number <= ENROLMENTS; number++) {
        const folder = `${disk.folder}/appliance-${number}`;
        const code = await site.owner.enrolmentCode(`Line 1.${number}`);
        await runProcess(["agent", "enrol", "--dir", folder, "--authority", site.origin, "--code", code]);
        disk.cut(`enrolment ${number}`);
        const status = await agentStatus({ folder }, { nowMs: () => Date.now() });
        assert.equal(status.origin, site.origin);
        const { sealKeyFile } = JSON.parse(Deno.readTextFileSync(`${folder}/config.json`));
        assert.equal(Deno.readTextFileSync(sealKeyFile).trim().length, 64);
        assert.ok(JSON.parse(Deno.readTextFileSync(`${folder}/identity.json`)).sealed.length > 0);
      }
    } finally {
      await site.close();
      await disk.unmount();
    }
  },
});
