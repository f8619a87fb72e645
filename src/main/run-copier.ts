import { randomBytes } from "node:crypto";
import { openSsm } from "../aws/ssm.ts";
import { copyFile } from "../copy/copy.ts";
import { composeComment } from "../rundeck/comment.ts";
import type { Host } from "../rundeck/host.ts";
import type { CopierSettings } from "../settings/settings.ts";
import type { Ending } from "./exit.ts";
import { openClients } from "./open-ports.ts";
import type { Shell } from "./process.ts";
import { describeNode, newRunId } from "./run-executor.ts";

/** settings → credentials → clients → copy → the path, alone on stdout. */
export async function runCopier(
  shell: Shell,
  host: Host,
  settings: CopierSettings,
): Promise<Ending> {
  const target = describeNode(settings);
  const open = await openClients(settings, host.execution, process.env);
  const ssm = openSsm(await open("ssm"), target, shell.clock);
  const { clock, log, signal, stdout } = shell;
  const path = await copyFile(
    {
      ssm,
      clock,
      log,
      random: Math.random,
      openObjects: async (bucket) => {
        // a copy without a bucket does not pay for S3's client
        const { openObjects } = await import("../aws/objects.ts");
        const { kmsKey } = settings;
        const options = { bucket, ...(kmsKey === undefined ? {} : { kmsKey }) };
        return openObjects(await open("s3"), options, target, clock);
      },
    },
    {
      ...settings,
      settings,
      target,
      file: host.file,
      destination: destinationOf(host, settings),
      newRunId,
      newObjectName: () => randomBytes(16).toString("hex"),
      comment: (runId) => composeComment(host.execution, runId),
    },
    signal,
  );
  ssm.close();
  await stdout.write(Buffer.from(`${path}\n`));
  return { exitCode: 0 };
}

function destinationOf(host: Host, settings: CopierSettings) {
  const { osFamily, runAs, fileMode } = settings;
  return {
    platform: osFamily,
    path: host.destination,
    fileMode,
    copyId: newRunId(),
    ...(runAs === undefined ? {} : { runAs }),
  };
}
