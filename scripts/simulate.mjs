// Runs bench/simulate.ts: npm run simulate.
import path from "node:path";
import { importBundled } from "./import-bundled.mjs";

process.chdir(path.dirname(import.meta.dirname));
// advice for whoever builds on the SDK, not for a table of figures
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
await importBundled("bench/simulate.ts", { name: "simulate" });
