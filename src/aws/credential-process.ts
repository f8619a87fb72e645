import { exec } from "node:child_process";
import { externalDataInterceptor } from "@smithy/core/config";
import { endChildren } from "./children.ts";
import { sourceTimeoutMs } from "./source.ts";

export const tooLate = `credential_process gave nothing within ${sourceTimeoutMs / 1000} s`;

type Done = (error: Error | null, output?: { stdout: string }) => void;

/**
 * The SDK waits for a credential_process without end, and for the next attempt it starts another one: in a sidecar they would gather. So
 * each is ended after as long as it is waited for, by the SDK's own hook. Source: @aws-sdk/credential-provider-process.
 */
export function limitCredentialProcesses(): void {
  externalDataInterceptor.interceptToken("exec", run);
}

function run(command: string, done: Done): void {
  let isLate = false;
  const child = exec(command, (error, stdout) => {
    clearTimeout(limit);
    done(isLate ? new Error(tooLate) : error, { stdout });
  });
  const limit = setTimeout(() => {
    isLate = true;
    if (child.pid !== undefined) endChildren(child.pid);
    child.kill("SIGKILL");
  }, sourceTimeoutMs);
}
