package harness;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The command line: {@code --name value} and flags up to the first other word, which is the command. */
class Options {
    private static final Set<String> FLAGS = Set.of("keepgoing", "raw-command", "no-fail-exit");
    private static final Set<String> PAIRS = Set.of("job-option", "secure-option", "global");

    private final Map<String, String> values = new HashMap<>();
    private final Map<String, Map<String, String>> pairs = new HashMap<>();
    private final Set<String> flags = new HashSet<>();
    private final List<String> words = new ArrayList<>();

    static Options parse(String[] arguments) {
        Options options = new Options();
        for (int i = 0; i < arguments.length; i++) {
            String word = arguments[i];
            if (!word.startsWith("--") || !options.words.isEmpty()) {
                options.words.add(word);
                continue;
            }
            String name = word.substring(2);
            if (FLAGS.contains(name)) options.flags.add(name);
            else if (PAIRS.contains(name)) options.addPair(name, arguments[++i]);
            else options.values.put(name, arguments[++i]);
        }
        return options;
    }

    private void addPair(String name, String pair) {
        int equals = pair.indexOf('=');
        pairs.computeIfAbsent(name, key -> new LinkedHashMap<>())
            .put(pair.substring(0, equals), pair.substring(equals + 1));
    }

    /** exec, copy, script, step, resources or list; null if there is none. */
    String command() {
        return words.isEmpty() ? null : words.get(0);
    }

    List<String> arguments() {
        return words.subList(1, words.size());
    }

    boolean has(String flag) {
        return flags.contains(flag);
    }

    String text(String name) {
        return values.get(name);
    }

    String text(String name, String absent) {
        return values.getOrDefault(name, absent);
    }

    int number(String name, int absent) {
        return values.containsKey(name) ? Integer.parseInt(values.get(name)) : absent;
    }

    Map<String, String> pairs(String name) {
        return pairs.getOrDefault(name, Map.of());
    }

    String project() {
        return text("project", "harness");
    }

    boolean debug() {
        return text("loglevel", "NORMAL").equals("DEBUG");
    }
}
