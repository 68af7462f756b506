/**
 * The agent's control: enrolment, the running agent, one delivery, status, captures. What a command line binds to.
 *
 * @module
 */
export { deliverOnce, type DeliverOptions, runAgent, type RunOptions } from "./agent.ts";
export { builtInBootloader } from "./bootloaders.ts";
export { type Capture, type CapturePorts, createCapture, diskCapture } from "./capture.ts";
export {
  type AgentConfig,
  agentPaths,
  DEFAULT_WIRING,
  parseConfig,
  type StationConfig,
  writeConfig,
} from "./config.ts";
export { enrolAgent, type Enrolled, type EnrolOptions, type EnrolPorts } from "./enrol.ts";
export { type Exported, exportMessages, type ExportOptions } from "./export.ts";
export { type Imported, type ImportOptions, importReplies, type ImportResult } from "./import.ts";
export { type Network, systemNetwork } from "./network.ts";
export { isPin, removePin, setPin } from "./pin.ts";
export { type AgentEvent, type AgentPorts, type SyncEvent, systemPorts } from "./ports.ts";
export { type AgentStatus, agentStatus } from "./status_of.ts";
export { syncOnce, type SyncOptions, type SyncOutcome } from "./sync.ts";
export { selfTest, type SelfTestResult } from "../../bootloader/suite/mod.ts";
