/**
 * What a running agent or authority writes for machines: one line of JSON for each event.
 *
 * @module
 */
export { agentLogged } from "./agent_lines.ts";
export { authorityLogged } from "./authority_lines.ts";
export { createLogger, isLogLevel, type Logged, type Logger, type LogLevel, logLevels } from "./logger.ts";
