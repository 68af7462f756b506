/**
 * What a service tells the system that started it: that it is ready, that it is healthy, that it ends.
 *
 * @module
 */
export { type Notify, openNotify } from "./notify.ts";
export { superviseBy, type Supervised, type SupervisePorts } from "./supervise.ts";
