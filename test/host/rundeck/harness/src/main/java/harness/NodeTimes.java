package harness;

import com.dtolabs.rundeck.core.common.INodeEntry;
import com.dtolabs.rundeck.core.execution.ExecutionContext;
import com.dtolabs.rundeck.core.execution.StepExecutionItem;
import com.dtolabs.rundeck.core.execution.workflow.NoopWorkflowExecutionListener;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepExecutionItem;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepResult;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** When each node's step began and ended, and with what. */
class NodeTimes extends NoopWorkflowExecutionListener {
    private final Map<String, Long> beganMs = new ConcurrentHashMap<>();
    private final Map<String, Long> tookMs = new ConcurrentHashMap<>();
    private final Map<String, NodeStepResult> results = new ConcurrentHashMap<>();

    @Override
    public void beginExecuteNodeStep(ExecutionContext context, NodeStepExecutionItem item, INodeEntry node) {
        beganMs.put(node.getNodename(), System.currentTimeMillis());
    }

    @Override
    public void finishExecuteNodeStep(
        NodeStepResult result, ExecutionContext context, StepExecutionItem item, INodeEntry node
    ) {
        String name = node.getNodename();
        tookMs.put(name, System.currentTimeMillis() - beganMs.get(name));
        if (result != null) results.put(name, result);
    }

    /** Null if the step did not end on this node. */
    NodeStepResult result(INodeEntry node) {
        return results.get(node.getNodename());
    }

    Long tookMs(INodeEntry node) {
        return tookMs.get(node.getNodename());
    }
}
