/**
 * What the options of owners' commands take, said before anything is asked of the server. Knows no command.
 *
 * @module
 */
import { Usage } from "./outcome.ts";

const NAME_MOST = 64;
/** A line as the server takes it: no space at its ends, no control character, no mark that turns the direction. */
const LINE = /^(?! )[^\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029]*(?<! )$/u;

/** Returns the name that an option gives. @throws {Usage} for one that the server would not take, naming the option */
export function nameOption(option: string, text: string): string {
  if (text.length >= 1 && text.length <= NAME_MOST && LINE.test(text)) return text;
  throw new Usage(
    `Cannot take ${option} ${JSON.stringify(text)}: ` +
      `it takes one line of 1 to ${NAME_MOST} characters without spaces at its ends`,
  );
}
