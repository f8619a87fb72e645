package harness;

import com.dtolabs.rundeck.core.execution.ExecutionListener;
import com.dtolabs.rundeck.core.execution.workflow.ContextManager;
import com.dtolabs.rundeck.core.execution.workflow.LoggerWithContext;
import com.dtolabs.rundeck.core.execution.workflow.NodeRecorder;
import com.dtolabs.rundeck.core.execution.workflow.WorkflowExecutionListener;
import com.dtolabs.rundeck.core.execution.workflow.WorkflowExecutionListenerImpl;
import com.dtolabs.rundeck.core.logging.ContextLogWriter;
import com.dtolabs.rundeck.core.logging.LogEvent;
import com.dtolabs.rundeck.core.logging.LogLevel;
import com.dtolabs.rundeck.core.logging.StreamingLogWriter;
import com.dtolabs.rundeck.core.logging.internal.LogEventBuffer;
import com.dtolabs.rundeck.core.logging.internal.LogEventBufferManager;
import com.dtolabs.rundeck.core.logging.internal.LogFlusher;
import com.dtolabs.rundeck.core.utils.ThreadBoundLogOutputStream;
import com.dtolabs.rundeck.core.utils.ThreadBoundOutputStream;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Everything that a user would read in the job's log, as events: Rundeck's own lines and both streams of each node. */
class JobLog {
    private final ContextManager context = new ContextManager();
    private final LoggerWithContext logger;
    private final WorkflowExecutionListenerImpl workflow;
    private final ThreadBoundLogOutputStream<LogEvent, LogEventBuffer> out = stream("out", LogLevel.NORMAL);
    private final ThreadBoundLogOutputStream<LogEvent, LogEventBuffer> err = stream("err", LogLevel.ERROR);
    private final ThreadBoundOutputStream systemOut = ThreadBoundOutputStream.bindSystemOut();
    private final ThreadBoundOutputStream systemErr = ThreadBoundOutputStream.bindSystemErr();
    private final Object listener;

    JobLog(Options options, NodeRecorder recorder, NodeTimes times) {
        logger = new LoggerWithContext(new ContextLogWriter(new Writer(options.debug())), context);
        workflow = new WorkflowExecutionListenerImpl(recorder, logger);
        listener = toAll(List.of(context, workflow, times, new LogFlusher(out), new LogFlusher(err)));
    }

    LoggerWithContext logger() {
        return logger;
    }

    /** Both a WorkflowExecutionListener and an ExecutionListener. */
    Object listener() {
        return listener;
    }

    /** What this thread, and each one that it creates from here on, writes to System.out and System.err belongs to the job. */
    void captureThread() {
        systemOut.installThreadStream(out);
        systemErr.installThreadStream(err);
    }

    void releaseThread() {
        systemOut.removeThreadStream();
        systemErr.removeThreadStream();
    }

    void flush() {
        out.flushBuffers();
        err.flushBuffers();
    }

    private ThreadBoundLogOutputStream<LogEvent, LogEventBuffer> stream(String name, LogLevel level) {
        return new ThreadBoundLogOutputStream<>(
            event -> Lines.event(name, null, event.getMetadata(), event.getMessage()),
            StandardCharsets.UTF_8,
            charset -> LogEventBufferManager.createManager(level, context, charset));
    }

    /** The server passes each event to several listeners too; the workflow's own answers are the ones that count. */
    private Object toAll(List<Object> listeners) {
        return Proxy.newProxyInstance(
            JobLog.class.getClassLoader(),
            new Class<?>[] {WorkflowExecutionListener.class, ExecutionListener.class},
            (proxy, method, arguments) -> {
                try {
                    return tell(listeners, method, arguments);
                } catch (InvocationTargetException thrown) {
                    throw thrown.getTargetException();
                }
            });
    }

    private Object tell(List<Object> listeners, Method method, Object[] arguments) throws ReflectiveOperationException {
        if (method.getDeclaringClass() == Object.class) return method.invoke(workflow, arguments);
        if (method.getName().equals("createOverride")) return workflow.createOverride();
        Object answer = null;
        for (Object each : listeners) {
            if (!method.getDeclaringClass().isInstance(each)) continue;
            Object given = method.invoke(each, arguments);
            if (each == workflow) answer = given;
        }
        return answer;
    }

    private static class Writer implements StreamingLogWriter {
        private final boolean debug;

        Writer(boolean debug) {
            this.debug = debug;
        }

        @Override
        public void openStream() {
        }

        @Override
        public void close() {
        }

        @Override
        public void addEvent(LogEvent event) {
            LogLevel level = event.getLoglevel() == null ? LogLevel.NORMAL : event.getLoglevel();
            boolean fine = level == LogLevel.DEBUG || level == LogLevel.VERBOSE;
            if (debug || !fine) Lines.event("log", level.name(), event.getMetadata(), event.getMessage());
        }
    }
}
