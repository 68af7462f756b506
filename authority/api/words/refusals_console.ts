/**
 * Refusals of the owner's page in words.
 *
 * @module
 */
import type { RefusalCode } from "../refusal.ts";
import type { Translation } from "./sentences.ts";

/** What a browser meets. */
export const refusalsAtTheConsole = {
  "session-missing": {
    "zh-Hans": { says: "此处无人登录，或登录已过期", remedy: "请用该服务器的 API 密钥登录" },
  },
  "form-not-ours": {
    "zh-Hans": { says: "该表单不是由本次登录的本页面发出的", remedy: "请重新打开页面，并从那里发送表单" },
  },
  "too-many-tries": {
    "zh-Hans": { says: "短时间内来自该地址的请求过多", remedy: "请按此处所示时间等待，然后重试" },
  },
} as const satisfies Partial<Record<RefusalCode, Translation>>;
