// Runs test/faults/main.ts: npm run faults [-- …].
import path from "node:path";
import { importBundled } from "./import-bundled.mjs";

process.chdir(path.dirname(import.meta.dirname));
// advice for whoever builds on the SDK, not for a table of faults
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = "true";
await importBundled("test/faults/main.ts", { name: "faults" });
