package harness;

import com.dtolabs.rundeck.core.execution.WorkflowExecutionServiceThread;

import java.io.File;

/**
 * Watches the execution's thread as the server's job monitor does (ExecutionJob): it joins for one tick at a time and,
 * once the job is to be killed, calls abort() once a pass until the thread has ended.
 */
class JobMonitor {
    private static final int MOST_ABORTS = 100;
    private static final long FILE_LOOK_MS = 20;

    private final WorkflowExecutionServiceThread thread;
    private final long startedMs = System.currentTimeMillis();
    private final long tickMs;
    private final long abortAfterMs;
    private final File abortWhenFile;
    private int aborts;
    private long firstAbortMs = -1;
    private long endedMs;

    private JobMonitor(WorkflowExecutionServiceThread thread, Options options) {
        this.thread = thread;
        tickMs = options.number("abort-tick-ms", 1000);
        abortAfterMs = options.number("abort-after-ms", -1);
        abortWhenFile = options.text("abort-when-file") == null ? null : new File(options.text("abort-when-file"));
    }

    static JobMonitor start(WorkflowExecutionServiceThread thread, Options options) {
        thread.start();
        return new JobMonitor(thread, options);
    }

    void await() throws InterruptedException {
        do {
            thread.join(Math.max(1, nextWaitMs()));
        } while (thread.isAlive() && abortIfDue());
        endedMs = System.currentTimeMillis();
    }

    int aborts() {
        return aborts;
    }

    long tookMs() {
        return endedMs - startedMs;
    }

    /** From the first abort to the end of the execution (not of the JVM); -1 if it was not aborted. */
    long tookAfterFirstAbortMs() {
        return firstAbortMs < 0 ? -1 : endedMs - firstAbortMs;
    }

    private long nextWaitMs() {
        if (aborts > 0) return tickMs;
        // somebody outside decides by a file, which nothing here is told of
        if (abortWhenFile != null) return Math.min(tickMs, FILE_LOOK_MS);
        long elapsedMs = System.currentTimeMillis() - startedMs;
        boolean abortIsAhead = abortAfterMs >= 0 && elapsedMs < abortAfterMs;
        return abortIsAhead ? Math.min(tickMs, abortAfterMs - elapsedMs) : tickMs;
    }

    /** False when it is no use to wait any longer. */
    private boolean abortIfDue() {
        if (!isDue()) return true;
        if (aborts == MOST_ABORTS) {
            Lines.event("harness", null, null, "kill limit");
            return false;
        }
        if (firstAbortMs < 0) firstAbortMs = System.currentTimeMillis();
        aborts++;
        Lines.event("harness", null, null, "abort #" + aborts);
        thread.abort();
        return true;
    }

    private boolean isDue() {
        if (aborts > 0) return true;
        if (abortWhenFile != null) return abortWhenFile.exists();
        return abortAfterMs >= 0 && System.currentTimeMillis() - startedMs >= abortAfterMs;
    }
}
