/**
 * Finds what a TypeScript source imports: static, type-only, re-exported, dynamic and bare imports. Comments
 * and strings that merely look like imports are not counted, since the text is scanned token by token.
 *
 * @module
 */

const TOKEN =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|[^`\\])*`|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|[A-Za-z_$][\w$]*|[^\s]/g;

/** Returns the specifiers that `source` imports, in order, duplicates kept. */
export function importsOf(source: string): readonly string[] {
  const tokens = (source.match(TOKEN) ?? []).filter((token) =>
    !token.startsWith("//") && !token.startsWith("/*")
  );
  const found: string[] = [];
  for (const [index, token] of tokens.entries()) {
    if (!/^["']/.test(token)) continue;
    const before = tokens[index - 1];
    const isFrom = before === "from" && opensStatement(tokens, index - 2);
    const isBare = before === "import";
    const isDynamic = before === "(" && tokens[index - 2] === "import";
    if (isFrom || isBare || isDynamic) found.push(token.slice(1, -1));
  }
  return found;
}

/** Tells whether the tokens that end at `index` are the clause of an import or export statement. */
function opensStatement(tokens: readonly string[], index: number): boolean {
  for (let at = index; at >= 0; at--) {
    const token = tokens[at]!;
    if (token === "import" || token === "export") return true;
    if (!/^[\w$*{},]+$/.test(token)) return false;
  }
  return false;
}
