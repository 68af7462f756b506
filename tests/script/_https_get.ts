/**
 * GET over HTTPS from a server whose certificate nobody checks: for questions about what a stranger is told.
 *
 * @module
 */
import https from "node:https";

/** Returns status and body. */
export function httpsGet(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  https.get(url, { rejectUnauthorized: false, agent: false, headers }, (message) => {
    let text = "";
    message.setEncoding("utf8");
    message.on("data", (part: string) => text += part);
    message.on("end", () => resolve({ status: message.statusCode ?? 0, text }));
  }).on("error", reject);
  return promise;
}
