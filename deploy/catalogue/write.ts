/**
 * Writes the error catalogue: `deno run -A deploy/catalogue/write.ts`.
 *
 * @module
 */
import { errorsPage } from "./page.ts";

Deno.writeTextFileSync(new URL("../ERRORS.md", import.meta.url), errorsPage());
