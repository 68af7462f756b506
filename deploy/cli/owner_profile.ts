/**
 * Where the owner's login lies when nothing else is said.
 *
 * @module
 */

/** Returns the path of the profile when `--profile` is not given: the user's configuration folder, or this folder. */
export function defaultProfile(): string {
  const home = Deno.env.get("HOME");
  const folder = Deno.env.get("XDG_CONFIG_HOME") ?? (home === undefined ? undefined : `${home}/.config`);
  return folder === undefined ? "flashseal-owner.json" : `${folder}/flashseal/owner.json`;
}
