package harness;

import com.dtolabs.rundeck.core.execution.BaseExecutionItem;
import com.dtolabs.rundeck.core.execution.workflow.steps.NodeDispatchStepExecutor;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepExecutionItem;

/** The job's one step: "exec", "copy" or "script", dispatched to every node. */
class StepItem extends BaseExecutionItem implements NodeStepExecutionItem {
    private final String kind;

    StepItem(String kind) {
        this.kind = kind;
    }

    @Override
    public String getType() {
        return NodeDispatchStepExecutor.STEP_EXECUTION_TYPE;
    }

    @Override
    public String getNodeStepType() {
        return kind;
    }

    @Override
    public String getLabel() {
        return kind;
    }
}
