/**
 * Where the world can fail, in words: the place that a fault names.
 *
 * @module
 */
import type { Words } from "../../authority/api/mod.ts";
import type { FaultPlace } from "../../bootloader/wire/mod.ts";

/** The place of a fault, and where to look. */
export const placeWords = {
  agent: { en: "the agent's own files and ports", "zh-Hans": "代理程序自身的文件和端口" },
  appliance: {
    en: "the appliance's folder is held by another process",
    "zh-Hans": "烧录机的文件夹正被另一进程使用",
  },
  authority: { en: "the owner's server, or the way to it", "zh-Hans": "所有者服务器，或通往它的网络" },
  "child process": { en: "a process that the demo started", "zh-Hans": "演示启动的进程" },
  compiler: { en: "the compiler of the firmware", "zh-Hans": "固件的编译器" },
  database: { en: "the database of the owner's server", "zh-Hans": "所有者服务器的数据库" },
  deadline: { en: "a step took too long", "zh-Hans": "某一步骤耗时过长" },
  demo: { en: "the demo on this machine", "zh-Hans": "本机上的演示" },
  disk: {
    en: "a file or folder: rights, space, health of the disk",
    "zh-Hans": "文件或文件夹：权限、空间、磁盘健康状况",
  },
  link: { en: "the serial line to the chip", "zh-Hans": "与芯片相连的串行线" },
  linker: { en: "the linker of the firmware", "zh-Hans": "固件的链接器" },
  network: { en: "a port or address of this machine", "zh-Hans": "本机的端口或地址" },
  probe: { en: "the probe, its cable, or the board's supply", "zh-Hans": "探针、其电缆，或电路板的供电" },
  "seal key": { en: "the file with the seal key", "zh-Hans": "封存密钥文件" },
  "service manager": { en: "the service manager's notification socket", "zh-Hans": "服务管理器的通知套接字" },
  suite: { en: "this machine computes wrongly", "zh-Hans": "本机计算出错" },
} as const satisfies Readonly<Record<FaultPlace, Words>>;
