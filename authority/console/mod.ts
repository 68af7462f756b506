/**
 * The owner's page: what was granted and what became of it, in a browser, and the owner's acts with their consequence shown
 * beforehand. Asks the acts of issuance, decides nothing, needs no script.
 *
 * @module
 */

export { createConsole } from "./app.tsx";
export type { ConsoleEnvironment, ConsolePorts } from "./environment.ts";
