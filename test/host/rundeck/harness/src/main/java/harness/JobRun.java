package harness;

import com.dtolabs.rundeck.core.common.INodeEntry;
import com.dtolabs.rundeck.core.common.INodeSet;
import com.dtolabs.rundeck.core.execution.StepExecutionItem;
import com.dtolabs.rundeck.core.execution.WorkflowExecutionServiceThread;
import com.dtolabs.rundeck.core.execution.workflow.NodeRecorder;
import com.dtolabs.rundeck.core.execution.workflow.WorkflowExecutionItemImpl;
import com.dtolabs.rundeck.core.execution.workflow.WorkflowImpl;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepResult;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;

/** One execution of a job with one step on all nodes, and its results as lines. */
class JobRun {
    private final RundeckServer server;
    private final Options options;
    private final NodeRecorder recorder = new NodeRecorder();
    private final NodeTimes times = new NodeTimes();

    JobRun(RundeckServer server, Options options) {
        this.server = server;
        this.options = options;
    }

    /** True if Rundeck calls the execution successful. */
    boolean run() throws Exception {
        INodeSet nodes = server.nodes(options);
        JobLog log = new JobLog(options, recorder, times);
        // before the thread exists: a thread takes its streams from the one that creates it
        log.captureThread();
        WorkflowExecutionServiceThread thread = new WorkflowExecutionServiceThread(
            server.services.getWorkflowExecutionService(),
            new WorkflowExecutionItemImpl(workflow()),
            JobContext.build(server, options, nodes, log),
            null,
            null);
        JobMonitor monitor = JobMonitor.start(thread, options);
        log.releaseThread();
        monitor.await();
        linger();
        log.flush();
        new JobReport(monitor, thread).print(nodes, this::resultOf, times, server.steps);
        return thread.isSuccessful();
    }

    private WorkflowImpl workflow() {
        WorkflowImpl workflow = new WorkflowImpl(
            new ArrayList<>(List.of(step())),
            options.number("threads", 1),
            options.has("keepgoing"),
            options.text("strategy", "node-first"));
        workflow.setPluginConfig(new HashMap<>());
        return workflow;
    }

    private StepExecutionItem step() {
        return options.command().equals("step")
            ? new PluginStepItem(options.arguments())
            : new StepItem(options.command());
    }

    /** A step that threw has no result of its own, but Rundeck has recorded the failure. */
    private NodeStepResult resultOf(INodeEntry node) {
        NodeStepResult result = times.result(node);
        if (result != null || recorder.getFailedNodes() == null) return result;
        return recorder.getFailedNodes().get(node.getNodename());
    }

    private void linger() throws InterruptedException {
        int lingerMs = options.number("linger-ms", 0);
        if (lingerMs == 0) return;
        Lines.event("harness", null, null, "workflow thread ended, lingering");
        Thread.sleep(lingerMs);
    }
}
