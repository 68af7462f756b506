/** P-76: an appliance draws its identity key only when the server has shown its root; else the words could be searched for. @module */
import assert from "node:assert/strict";
import { enrolAgent, systemPorts } from "../../../../agent/mod.ts";

Deno.test({
  name: "enrolAgent() draws nothing before it holds the root that the code's hash names (P-76)",
  ignore: Deno.permissions.querySync({ name: "write" }).state !== "granted",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "flashseal-test-" });
    let drawn = 0;
    let drawnAtAsking = -1;
    const system = systemPorts(() => {});
    const network = {
      ...system.network,
      blind: () => {
        drawnAtAsking = drawn;
        // The root of somebody else: the appliance must go no further, and have nothing to show.
        const reply = {
          rootPublicKey: "11".repeat(32),
          keySet: "00".repeat(268),
          caCertificate: "x",
          caStatement: "00".repeat(144),
        };
        return Promise.resolve(Response.json(reply));
      },
    };
    const random = (length: number) => {
      drawn += 1;
      return system.random(length);
    };
    const code = "ABCD-".repeat(8).slice(0, -1);
    const options = { folder: `${folder}/appliance`, origin: "https://127.0.0.1:1", code };
    await assert.rejects(enrolAgent(options, { network, random }), /root key/);
    await Deno.remove(folder, { recursive: true });
    assert.deepEqual([drawnAtAsking, drawn], [0, 0]);
  },
});
