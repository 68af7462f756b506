/**
 * A request at the owner's door.
 *
 * @module
 */
import { ORIGIN, type World } from "../_world.ts";

export function ask(
  world: World,
  path: string,
  init: RequestInit & { readonly key?: string | null } = {},
): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.key !== null) headers.set("authorization", `Bearer ${init.key ?? world.apiKey}`);
  return world.fetch(new Request(`${ORIGIN}${path}`, { ...init, headers }));
}
