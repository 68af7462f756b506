/**
 * What the operating system refuses, in a sentence with a remedy: a folder where a file was meant, a port in use, a full
 * disk. Such an error is the world's (a fault), never this program's.
 *
 * @module
 */

/** By the system's own name of the error; extend where a message should help more. */
const SAYS: Readonly<Record<string, string>> = {
  EISDIR: "it is a folder; name a file",
  ENOTDIR: "a part of the path is a file and no folder; check the path",
  EEXIST: "it is there already and nothing is overwritten; choose another name",
  ENOTEMPTY: "the folder is not empty; choose another",
  ENOENT: "there is no such file or folder; check the path",
  EACCES: "this user may not; check the owner and the rights",
  EPERM: "this user may not; check the owner and the rights",
  EROFS: "the disk is mounted read-only",
  ENOSPC: "no space is left on the disk; make room and try again",
  EDQUOT: "this user's share of the disk is used up; make room and try again",
  EFBIG: "the file would be larger than the system allows",
  ENAMETOOLONG: "the name is too long; choose a shorter one",
  EADDRINUSE: "the port is in use already; choose another one, 0 takes any that is free",
  EADDRNOTAVAIL: "this machine has no such address; choose one of its own",
};

/** What Deno puts behind the system's own words: the call and what it was about, the goal where there are two paths. */
const DENO_WORDS = /^(.*?) \(os error \d+\)(?:: \w+ '(?:.*' -> ')?(.*)')?/s;

/** Returns what happened and a remedy, or undefined when `error` is none of the operating system's. */
export function systemErrorSentence(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, words, path] = DENO_WORDS.exec(error.message) ?? [];
  if (words === undefined) return undefined;
  const { code } = error as { readonly code?: unknown };
  const says = (typeof code === "string" ? SAYS[code] : undefined) ?? words;
  return path === undefined ? `Cannot go on: ${says}` : `Cannot use "${path}": ${says}`;
}
