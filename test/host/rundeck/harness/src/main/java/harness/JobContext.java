package harness;

import com.dtolabs.rundeck.core.common.INodeSet;
import com.dtolabs.rundeck.core.common.PluginControlServiceImpl;
import com.dtolabs.rundeck.core.common.SelectorUtils;
import com.dtolabs.rundeck.core.execution.ExecutionContextImpl;
import com.dtolabs.rundeck.core.execution.ExecutionListener;
import com.dtolabs.rundeck.core.execution.workflow.WorkflowExecutionListener;

import java.util.HashMap;
import java.util.Map;

/** What an execution carries: options, secure options, globals and the canned values of one job. */
final class JobContext {
    /** Rundeck's verbosity numbers: NORMAL and DEBUG. */
    private static final int NORMAL = 2;
    private static final int DEBUG = 4;

    private JobContext() {
    }

    static ExecutionContextImpl build(RundeckServer server, Options options, INodeSet nodes, JobLog log)
        throws Exception {
        return ExecutionContextImpl.builder()
            .frameworkProject(options.project())
            .framework(server.framework)
            .user("admin")
            .storageTree(server.keyStorage(options))
            .nodes(nodes)
            .nodeSelector(SelectorUtils.nodeList(nodes.getNodeNames()))
            .loglevel(options.debug() ? DEBUG : NORMAL)
            .threadCount(options.number("threads", 1))
            .keepgoing(options.has("keepgoing"))
            .charsetEncoding(null)
            .dataContext(publicData(options))
            .privateDataContext(privateData(options))
            .pluginControlService(PluginControlServiceImpl.forProject(server.framework, options.project()))
            .executionListener((ExecutionListener) log.listener())
            .workflowExecutionListener((WorkflowExecutionListener) log.listener())
            .executionLogger(log.logger())
            .build();
    }

    private static Map<String, Map<String, String>> publicData(Options options) {
        Map<String, String> secure = options.pairs("secure-option");
        Map<String, String> option = new HashMap<>(options.pairs("job-option"));
        // a secure option that is exposed to scripts appears among the plain ones too
        option.putAll(secure);
        Map<String, Map<String, String>> data = new HashMap<>();
        data.put("globals", new HashMap<>(options.pairs("global")));
        data.put("option", option);
        if (!secure.isEmpty()) data.put("secureOption", new HashMap<>(secure));
        data.put("job", job(options));
        return data;
    }

    private static Map<String, Map<String, String>> privateData(Options options) {
        Map<String, String> secure = options.pairs("secure-option");
        Map<String, Map<String, String>> data = new HashMap<>();
        if (!secure.isEmpty()) data.put("option", new HashMap<>(secure));
        return data;
    }

    private static Map<String, String> job(Options options) {
        String project = options.project();
        String executionId = options.text("execid", "42");
        Map<String, String> job = new HashMap<>();
        job.put("name", "harness job");
        job.put("group", "grp/sub");
        job.put("id", "11111111-2222-3333-4444-555555555555");
        job.put("execid", executionId);
        job.put("executionUuid", "bbbbbbbb-0000-0000-0000-000000000000");
        job.put("executionType", "user");
        job.put("username", "admin");
        job.put("user.name", "admin");
        job.put("project", project);
        job.put("loglevel", options.debug() ? "DEBUG" : "INFO");
        job.put("serverUrl", "http://rundeck-server:4440/");
        job.put("serverUUID", "aaaaaaaa-0000-0000-0000-000000000000");
        job.put("url", "http://rundeck-server:4440/project/" + project + "/execution/show/" + executionId);
        job.put("threadcount", String.valueOf(options.number("threads", 1)));
        job.put("filter", "name: .*");
        job.put("successOnEmptyNodeFilter", "false");
        job.put("retryAttempt", "0");
        job.put("wasRetry", "false");
        job.put("retryInitialExecId", "0");
        job.put("retryPrevExecId", "0");
        return job;
    }
}
