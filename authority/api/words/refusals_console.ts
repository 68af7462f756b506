/**
 * Refusals of the owner's page in words.
 *
 * @module
 */
import type { RefusalCode } from "../refusal.ts";
import type { Translation } from "./sentences.ts";

/** Sign-in, forms, and tries. */
export const refusalsOnThePage = {
  "session-missing": {
    "zh-Hans": { says: "此处无人登录，或登录已结束", remedy: "请用该服务器的 API 密钥登录" },
  },
  "form-not-ours": {
    "zh-Hans": { says: "该表单不是由本次登录的本页面发出", remedy: "请重新打开页面，再从页面发送表单" },
  },
  "too-many-tries": {
    "zh-Hans": { says: "该地址在短时间内请求过多", remedy: "请按此处所示的时间等待，然后重试" },
  },
} as const satisfies Partial<Record<RefusalCode, Translation>>;
