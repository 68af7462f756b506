/**
 * What each exit code of the command line means (D§12), and what to do.
 *
 * @module
 */
import type { Words } from "../../authority/api/mod.ts";
import type { EXIT } from "./outcome.ts";

/** Names of the exit codes. */
export type ExitName = keyof typeof EXIT;

/** The meaning of each exit code, in each language. */
export const exitWords = {
  done: {
    says: { en: "What was asked is done", "zh-Hans": "所要求的已完成" },
    remedy: { en: "Nothing to do", "zh-Hans": "无需处理" },
  },
  usage: {
    says: { en: "The command line is not right", "zh-Hans": "命令行写法不正确" },
    remedy: { en: "Read what --help shows", "zh-Hans": "请查看 `--help` 的说明" },
  },
  malformed: {
    says: { en: "A file or an answer is not what it should be", "zh-Hans": "文件或应答的内容不符合要求" },
    remedy: { en: "Mend or replace what the message names", "zh-Hans": "请修正或更换消息中指出的内容" },
  },
  fault: {
    says: { en: "The world failed: disk, network, probe", "zh-Hans": "外部故障：磁盘、网络、探针" },
    remedy: { en: "Do what the message says, then try again", "zh-Hans": "请按消息处理，然后重试" },
  },
  defect: {
    says: { en: "The program itself is wrong", "zh-Hans": "程序自身有缺陷" },
    remedy: { en: "Report it with the command that led there", "zh-Hans": "请报告此问题，并附上所用的命令" },
  },
  refused: {
    says: { en: "A well-formed no: see the refusals", "zh-Hans": "按规则拒绝：见“拒绝”一节" },
    remedy: { en: "Do what the refusal says", "zh-Hans": "请按拒绝中的说明处理" },
  },
} as const satisfies Readonly<Record<ExitName, { readonly says: Words; readonly remedy: Words }>>;
