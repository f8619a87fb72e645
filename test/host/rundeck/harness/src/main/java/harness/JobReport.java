package harness;

import com.dtolabs.rundeck.core.common.INodeEntry;
import com.dtolabs.rundeck.core.common.INodeSet;
import com.dtolabs.rundeck.core.execution.WorkflowExecutionServiceThread;
import com.dtolabs.rundeck.core.execution.service.NodeExecutorResult;
import com.dtolabs.rundeck.core.execution.workflow.WorkflowExecutionResult;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepResult;
import com.sun.management.OperatingSystemMXBean;

import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.function.Function;

/** One line for each node, then one for the whole execution. */
class JobReport {
    private final JobMonitor monitor;
    private final WorkflowExecutionServiceThread thread;
    private int succeeded;
    private int failed;

    JobReport(JobMonitor monitor, WorkflowExecutionServiceThread thread) {
        this.monitor = monitor;
        this.thread = thread;
    }

    void print(INodeSet nodes, Function<INodeEntry, NodeStepResult> resultOf, NodeTimes times, StepRunner steps) {
        for (INodeEntry node : nodes.getNodes()) {
            Map<String, Object> line = Lines.of("node", node.getNodename());
            describe(resultOf.apply(node), line);
            line.put("remotePath", steps.remotePath(node));
            line.put("ms", times.tookMs(node));
            Lines.print(line);
        }
        printTotal(nodes.getNodes().size());
    }

    private void describe(NodeStepResult result, Map<String, Object> line) {
        if (result == null) {
            failed++;
            line.put("success", null);
            line.put("failureMessage", "no result (not run)");
            return;
        }
        if (result.isSuccess()) succeeded++;
        else failed++;
        line.put("success", result.isSuccess());
        line.put("resultCode", resultCode(result));
        line.put("failureReason", result.getFailureReason() == null ? null : result.getFailureReason().toString());
        line.put("failureMessage", result.getFailureMessage());
    }

    private static Integer resultCode(NodeStepResult result) {
        if (result instanceof NodeExecutorResult) return ((NodeExecutorResult) result).getResultCode();
        Object code = result.getFailureData() == null ? null : result.getFailureData().get("resultCode");
        return code == null ? null : Integer.valueOf(code.toString());
    }

    private void printTotal(int nodes) {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        Map<String, Object> line = Lines.of(
            "total", nodes,
            "succeeded", succeeded,
            "failed", failed,
            "success", thread.isSuccessful(),
            "aborted", thread.isAborted(),
            "aborts", monitor.aborts(),
            "ms", monitor.tookMs(),
            "jvmCpuMs", system.getProcessCpuTime() / 1_000_000,
            "threadsPeak", ManagementFactory.getThreadMXBean().getPeakThreadCount());
        if (monitor.aborts() > 0) line.put("msAfterFirstAbort", monitor.tookAfterFirstAbortMs());
        if (thread.getThrowable() != null) line.put("throwable", thread.getThrowable().toString());
        WorkflowExecutionResult result = thread.getResultObject();
        if (result != null && !thread.isSuccessful()) line.put("result", result.toString());
        Lines.print(line);
    }
}
