package harness;

import com.dtolabs.rundeck.core.execution.BaseExecutionItem;
import com.dtolabs.rundeck.core.execution.ConfiguredStepExecutionItem;
import com.dtolabs.rundeck.core.execution.workflow.steps.NodeDispatchStepExecutor;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepExecutionItem;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The job's one step, of a plugin's node step provider: Rundeck itself finds and runs it on every node. */
class PluginStepItem extends BaseExecutionItem implements NodeStepExecutionItem, ConfiguredStepExecutionItem {
    private final String provider;
    private final Map<String, Object> configuration = new HashMap<>();

    /** The provider's name, then {@code name=value} for each of its properties. */
    PluginStepItem(List<String> words) {
        provider = words.get(0);
        for (String pair : words.subList(1, words.size())) {
            int equals = pair.indexOf('=');
            configuration.put(pair.substring(0, equals), pair.substring(equals + 1));
        }
    }

    @Override
    public String getType() {
        return NodeDispatchStepExecutor.STEP_EXECUTION_TYPE;
    }

    @Override
    public String getNodeStepType() {
        return provider;
    }

    @Override
    public Map<String, Object> getStepConfiguration() {
        return configuration;
    }

    @Override
    public String getLabel() {
        return provider;
    }
}
