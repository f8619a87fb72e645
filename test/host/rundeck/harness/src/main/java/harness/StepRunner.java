package harness;

import com.dtolabs.rundeck.core.common.INodeEntry;
import com.dtolabs.rundeck.core.data.SharedDataContextUtils;
import com.dtolabs.rundeck.core.dispatcher.ContextView;
import com.dtolabs.rundeck.core.execution.ExecArgList;
import com.dtolabs.rundeck.core.execution.ExecutionService;
import com.dtolabs.rundeck.core.execution.service.FileCopierException;
import com.dtolabs.rundeck.core.execution.workflow.StepExecutionContext;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepException;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepExecutionItem;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepExecutor;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepResult;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.NodeStepResultImpl;
import com.dtolabs.rundeck.core.execution.workflow.steps.node.impl.DefaultScriptFileNodeStepUtils;
import com.dtolabs.rundeck.core.utils.OptsUtil;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Runs the step on one node with the same core calls that Rundeck's bundled command, copy and script steps make. */
class StepRunner implements NodeStepExecutor {
    private final Options options;
    private final Map<String, String> remotePaths = new ConcurrentHashMap<>();

    StepRunner(Options options) {
        this.options = options;
    }

    /** What the copier printed as the path on this node; null if nothing was copied there. */
    String remotePath(INodeEntry node) {
        return remotePaths.get(node.getNodename());
    }

    @Override
    public NodeStepResult executeNodeStep(StepExecutionContext context, NodeStepExecutionItem item, INodeEntry node)
        throws NodeStepException {
        ExecutionService execution = context.getFramework().getExecutionService();
        switch (item.getNodeStepType()) {
            case "exec":
                return execution.executeCommand(context, commandFor(context, node), node);
            case "copy":
                return copy(execution, context, node);
            case "script":
                return script(execution, context, node);
            default:
                throw new IllegalArgumentException(item.getNodeStepType());
        }
    }

    /** The command step splits its text into words, replaces references in each, and joins them again. */
    private ExecArgList commandFor(StepExecutionContext context, INodeEntry node) {
        List<String> given = options.arguments();
        String[] words = options.has("raw-command")
            ? given.toArray(new String[0])
            : OptsUtil.burst(String.join(" ", given));
        String[] replaced = (String[]) SharedDataContextUtils.replaceDataReferences(
            words, context.getSharedDataContext(), ContextView.node(node.getNodename()), ContextView::nodeStep,
            null, false, true);
        ExecArgList.Builder command = ExecArgList.builder();
        for (int i = 0; i < words.length; i++) {
            boolean quoted = words[i].contains("${");
            command.arg(replaced[i], quoted, false);
        }
        return command.build();
    }

    private NodeStepResult copy(ExecutionService execution, StepExecutionContext context, INodeEntry node)
        throws NodeStepException {
        List<String> fileAndDestination = options.arguments();
        File file = new File(fileAndDestination.get(0));
        String destination = fileAndDestination.size() > 1 ? fileAndDestination.get(1) : null;
        try {
            String remotePath = execution.fileCopyFile(context, file, node, destination);
            remotePaths.put(node.getNodename(), String.valueOf(remotePath));
            return new NodeStepResultImpl(node);
        } catch (FileCopierException failure) {
            throw new NodeStepException(failure.getMessage(), failure, failure.getFailureReason(), node.getNodename());
        }
    }

    private NodeStepResult script(ExecutionService execution, StepExecutionContext context, INodeEntry node)
        throws NodeStepException {
        List<String> fileAndArguments = options.arguments();
        String body;
        try {
            body = Files.readString(Path.of(fileAndArguments.get(0)));
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        String[] arguments = fileAndArguments.size() > 1
            ? fileAndArguments.subList(1, fileAndArguments.size()).toArray(new String[0])
            : null;
        boolean interpreterArgsQuoted = false;
        boolean expandTokens = true;
        return new DefaultScriptFileNodeStepUtils().executeScriptFile(
            context, node, body, null, null, null, arguments,
            options.text("interpreter"), interpreterArgsQuoted, execution, expandTokens);
    }
}
