package harness;

/** One Rundeck server, one command, then the end of the JVM. */
public class Main {
    public static void main(String[] words) throws Exception {
        Options options = Options.parse(words);
        if (options.command() == null || options.text("libext") == null) {
            System.err.println("usage: see README.md: --libext DIR [options] exec|copy|script|step|resources|list …");
            System.exit(64);
        }
        RundeckServer server = RundeckServer.start(options);
        boolean ok = run(server, options);
        // plugin watchers and thread pools of Rundeck would keep the JVM alive
        System.exit(ok || options.has("no-fail-exit") ? 0 : 1);
    }

    private static boolean run(RundeckServer server, Options options) throws Exception {
        switch (options.command()) {
            case "list":
                ProviderListing.print(server);
                return true;
            case "resources":
                return ResourceListing.print(server, options);
            default:
                return repeat(server, options);
        }
    }

    private static boolean repeat(RundeckServer server, Options options) throws Exception {
        boolean ok = true;
        for (int round = 0; round < options.number("repeat", 1); round++) {
            if (round > 0) Thread.sleep(options.number("repeat-pause-ms", 0));
            ok = new JobRun(server, options).run();
        }
        return ok;
    }
}
