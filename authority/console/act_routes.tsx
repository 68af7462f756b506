/**
 * The one address of each act: GET shows its consequence, POST does it.
 *
 * @module
 */

import type { Hono } from "hono";
import type { Office } from "../issuance/mod.ts";
import { PreviewPage } from "./act_pages.tsx";
import { actOf, doneMark, perform } from "./acts.ts";
import type { ConsoleEnvironment } from "./environment.ts";
import { type Fields, readFields, readQuery } from "./fields.ts";
import { rehearse } from "./plan.ts";
import type { Replies } from "./reply.tsx";

const FORM_BYTES = 16;
const SHOWN_BYTES = 32;

/** Mounts every act. */
export function mountActs(console: Hono<ConsoleEnvironment>, office: Office, replies: Replies): void {
  console.get("/acts/:act", (context) => {
    const act = actOf(context.req.param("act"));
    if (act === undefined) return replies.refuse(context, "route-unknown");
    const fields = readQuery(context.req.url);
    const plan = act.read(office, fields);
    if ("refused" in plan) return replies.refuse(context, plan.refused);
    // The box is not ticked yet: what is shown is what happens when it is.
    const ticked = plan.tick === undefined ? plan : act.read(office, fields.withTicked(plan.tick.name));
    if ("refused" in ticked) return replies.refuse(context, ticked.refused);
    const rehearsal = rehearse(office, ticked, context.get("who"));
    return replies.page(context, (view) => ({
      title: view.t[act.title],
      content: <PreviewPage view={view} act={act} plan={plan} rehearsal={rehearsal} />,
    }));
  });
  console.post("/acts/:act", (context) => {
    const act = actOf(context.req.param("act"));
    if (act === undefined) return replies.refuse(context, "route-unknown");
    const fields = readFields(context.get("bytes"), context.req.header("content-type"));
    const plan = act.read(office, fields);
    if ("refused" in plan) return replies.refuse(context, plan.refused);
    const form = { id: fields.hex("form", FORM_BYTES), shown: shownIn(fields) };
    const decision = perform(office, { name: act.name, plan, who: context.get("who") }, form);
    if ("refused" in decision) return replies.refuse(context, decision.refused, decision.detail);
    // 303: reloading the page that follows sends nothing again.
    return context.redirect(`${plan.back}?done=${doneMark(act.name, form.id)}`, 303);
  });
}

function shownIn(fields: Fields): string | null {
  return fields.text("shown", "") === "" ? null : fields.hex("shown", SHOWN_BYTES);
}
