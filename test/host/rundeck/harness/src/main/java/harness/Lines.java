package harness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** JSON lines on the real stdout: Rundeck replaces System.out while a job runs, so it is taken from its descriptor. */
final class Lines {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream STDOUT =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    private static final long STARTED_MS = ManagementFactory.getRuntimeMXBean().getStartTime();

    private Lines() {
    }

    static synchronized void print(Map<String, Object> line) {
        try {
            STDOUT.println(JSON.writeValueAsString(line));
            STDOUT.flush();
        } catch (JsonProcessingException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    /** Something that a user of Rundeck would see in the job's log, or a word of the harness itself. */
    static void event(String stream, String level, Map<String, String> context, String text) {
        Map<String, Object> line = of(
            "t", System.currentTimeMillis() - STARTED_MS,
            "node", context == null ? null : context.get("node"),
            "stream", stream);
        if (level != null) line.put("level", level);
        line.put("text", text);
        print(line);
    }

    /** Names and values in turn, in that order; values may be null, unlike Map.of's. */
    static Map<String, Object> of(Object... namesAndValues) {
        Map<String, Object> line = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            line.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return line;
    }
}
