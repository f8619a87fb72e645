import { copyFile } from "../copy/copy.ts";
import { openTrail, parseCopyTrace } from "../copy/trail.ts";
import { composeComment } from "../rundeck/comment.ts";
import type { Host } from "../rundeck/host.ts";
import type { CopierSettings } from "../settings/settings.ts";
import { openServicesOf } from "./debug.ts";
import { endingOfOutcome } from "./exit.ts";
import type { Ending } from "./exit.ts";
import type { Shell } from "./shell.ts";
import { describeSubject } from "./run-executor.ts";
import { newName, newObjectName } from "./names.ts";
import { warnOfRegion } from "./warnings.ts";

/** settings → credentials → clients → copy → the path, alone on stdout. */
export async function runCopier(
  shell: Shell,
  host: Host,
  settings: CopierSettings,
): Promise<Ending> {
  const subject = describeSubject(settings);
  warnOfRegion(shell.log, settings, subject);
  const { clock, environment, log, signal, last, stdout } = shell;
  const { execution } = host;
  const asker = { settings, execution, environment, subject };
  const { ssm, openObjects } = openServicesOf(shell, asker);
  const left = shell.resume && parseCopyTrace(shell.resume.trace);
  const names = {
    copyId: left?.copyId ?? newName(),
    objectName: left?.object?.name ?? newObjectName(),
  };
  const copied = await copyFile(
    {
      ssm,
      clock,
      log,
      random: Math.random,
      subject,
      told: new Set(),
      trail: openTrail(names, shell.trace),
      openObjects: (bucket) => {
        const { kmsKey } = settings;
        const setting = "ssm-copier-bucket" as const;
        const encryption = kmsKey === undefined ? {} : { kmsKey };
        return openObjects({ bucket, setting, ...encryption });
      },
    },
    {
      ...settings,
      settings,
      target: subject.target,
      file: host.file,
      destination: destinationOf(host, settings),
      comment: (runId) => composeComment(host.execution, runId),
      ...(left ? { left } : {}),
    },
    { signal, last },
  );
  ssm.close();
  if (copied.kind === "killed")
    return endingOfOutcome(copied, subject, copied.commandId);
  const line = Buffer.from(`${copied.path}\n`);
  await stdout.write(line.subarray(shell.resume?.stdoutBytes ?? 0));
  return { exitCode: 0 };
}

function destinationOf(host: Host, settings: CopierSettings) {
  const { osFamily, runAs, fileMode } = settings;
  return {
    platform: osFamily,
    path: host.destination,
    ...(runAs === undefined ? {} : { runAs, ...layerOf(settings) }),
    ...(fileMode === undefined ? {} : { fileMode }),
  };
}

function layerOf({ sources }: CopierSettings): { runAsLayer?: string } {
  const runAsLayer = sources.get("ssm-run-as");
  return runAsLayer === undefined ? {} : { runAsLayer };
}
