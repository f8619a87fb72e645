import type {
  FollowUp,
  Poll,
  Recovery,
  RunnerRequest,
  Upload,
} from "./request.ts";
import { rejectBadRunId, rejectImpossible } from "./request.ts";
import * as unix from "./unix.ts";
import * as windows from "./windows.ts";

/**
 * The text for SSM's `commands`: the user's command, readable and first, and below it what runs it.
 * Throws `setting-invalid` for what cannot be carried, or not on this platform.
 */
export function composeRunner(request: RunnerRequest): string {
  rejectImpossible(request);
  return request.platform === "windows"
    ? windows.composeRunner(request)
    : unix.composeRunner(request);
}

/** One more page of a packed output, counted from 0. The last one removes the private files: fetch it last. */
export function composePage(
  request: FollowUp & { page: number; last: boolean },
): string {
  rejectBadRunId(request.runId);
  return request.platform === "windows"
    ? windows.composePage(request)
    : unix.composePage(request);
}

/**
 * For a command that was cancelled, or whose answer was lost: makes sure that it is dead, answers as the runner does
 * with what it wrote so far and was not delivered, and removes its files unless it is to keep them. With the lost command's id it falls back to what
 * the agent kept, which is the stream text if the command was `live`. Sizes and SHA-256 are those of the rest.
 */
export function composeRecover(request: FollowUp & Recovery): string {
  rejectBadRunId(request.runId);
  return request.platform === "windows"
    ? windows.composeRecover(request)
    : unix.composeRecover(request);
}

/**
 * Ends a running command on its node, as its timeout would: for credentials that may send commands and not cancel them.
 * The runner then answers as usual.
 */
export function composeStop(
  request: FollowUp & { graceSeconds: number },
): string {
  rejectBadRunId(request.runId);
  return request.platform === "windows"
    ? windows.composeStop(request)
    : unix.composeStop(request);
}

/** Sends a packed output to a bucket; `readSent` tells whether that worked. The private files stay. */
export function composeUpload(request: FollowUp & Upload): string {
  rejectBadRunId(request.runId);
  return request.platform === "windows"
    ? windows.composeUpload(request)
    : unix.composeUpload(request);
}

/** Removes the private files of a run whose output has been delivered another way. */
export function composeRemove(request: FollowUp): string {
  rejectBadRunId(request.runId);
  return request.platform === "windows"
    ? windows.composeRemove(request)
    : unix.composeRemove(request);
}

/** What a running command has written from these offsets on. Waits on the node, at most `waitSeconds`, until there is something. */
export function composePoll(request: FollowUp & Poll): string {
  rejectBadRunId(request.runId);
  return request.platform === "windows"
    ? windows.composePoll(request)
    : unix.composePoll(request);
}
