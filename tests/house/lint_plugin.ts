/**
 * House lint: what `deno lint` cannot know about this codebase.
 *
 * @module
 */

const AMBIENT = ["Date.now", "Math.random", "performance.now", "crypto.getRandomValues"];

/** Rooms where the world may be touched directly: the composition root, drivers, stores, the deployment, a script in a browser. */
const EDGE =
  /\/(main\.ts|agent\/(probe|link|journal|control)\/|agent\/status\/page\.js|authority\/(store|host)\/|authority\/owner\/host\.ts|deploy\/|tests\/)|\/firmware\/(sample\/)?build/;

/** Rooms that bind ports or carry measured work in one place; each exception is named with its reason. */
const LONG_BY_NATURE = [
  /\/bootloader\/mcu\/.*execute/, // the interpreter's switch: one case per instruction, split would cost its speed
];

type AnyFunction =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "no-ambient": {
      create(context) {
        if (EDGE.test(context.filename)) return {};
        return {
          MemberExpression(node) {
            const text = context.sourceCode.getText(node);
            const isDeno = node.object.type === "Identifier" && node.object.name === "Deno";
            if (!AMBIENT.includes(text) && !isDeno) return;
            context.report({
              node,
              message: `${text} reaches the world directly`,
              hint: "Take a clock, random source or port as an argument",
            });
          },
          NewExpression(node) {
            if (
              node.callee.type !== "Identifier" || node.callee.name !== "Date" || node.arguments.length > 0
            ) return;
            context.report({
              node,
              message: "new Date() reads the ambient clock",
              hint: "Take a clock as an argument",
            });
          },
        };
      },
    },
    "short-functions": {
      create(context) {
        if (
          context.filename.includes("/tests/") || LONG_BY_NATURE.some((file) => file.test(context.filename))
        ) return {};
        const check = (node: AnyFunction) => {
          const lines = context.sourceCode.getText(node).split("\n").length;
          if (lines > 70) {
            context.report({ node, message: `Function is ${lines} lines long: keep within 70` });
          }
        };
        return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
      },
    },
    "errors-speak": {
      create(context) {
        if (context.filename.includes("/tests/")) return {};
        return {
          ThrowStatement(node) {
            const thrown = node.argument;
            if (thrown?.type !== "NewExpression" || thrown.callee.type !== "Identifier") return;
            if (thrown.callee.name !== "Error") return;
            context.report({
              node,
              message: "Throw a named error",
              hint: "Malformed, Fault or Defect of bootloader/wire",
            });
          },
        };
      },
    },
    "private-is-hash": {
      create(context) {
        return {
          PropertyDefinition(node) {
            if (node.accessibility !== "private") return;
            context.report({
              node,
              message: "TypeScript's private is printed by console.log",
              hint: "Use a #field",
            });
          },
        };
      },
    },
  },
};

export default plugin;
