package harness;

import java.io.File;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Properties;

/** The base folder of a server with one file-based project, laid out as an installed Rundeck's. */
class RundeckBase {
    final File folder;
    final File libext;

    RundeckBase(Options options) throws IOException {
        folder = new File(options.text("base", "base")).getAbsoluteFile();
        libext = new File(options.text("libext")).getAbsoluteFile();
        System.setProperty("rdeck.base", folder.getPath());
        new File(folder, "var/tmp").mkdirs();

        Properties framework = frameworkDefaults();
        framework.putAll(read(options.text("framework-props")));
        write(framework, new File(folder, "etc/framework.properties"));

        Properties project = new Properties();
        project.setProperty("project.name", options.project());
        project.putAll(read(options.text("project-props")));
        write(project, new File(folder, "projects/" + options.project() + "/etc/project.properties"));
    }

    File cache() {
        return new File(libext, "cache");
    }

    private Properties frameworkDefaults() {
        Properties framework = new Properties();
        for (String kind : new String[] {"server", "node"}) {
            framework.setProperty("framework." + kind + ".name", "rundeck-server");
            framework.setProperty("framework." + kind + ".hostname", "rundeck-server");
        }
        framework.setProperty("framework.server.port", "4440");
        framework.setProperty("framework.server.url", "http://rundeck-server:4440");
        framework.setProperty("framework.node.type", "normal");
        framework.setProperty("rdeck.base", folder.getPath());
        framework.setProperty("framework.projects.dir", folder + "/projects");
        framework.setProperty("framework.etc.dir", folder + "/etc");
        framework.setProperty("framework.var.dir", folder + "/var");
        framework.setProperty("framework.tmp.dir", folder + "/var/tmp");
        framework.setProperty("framework.logs.dir", folder + "/var/logs");
        framework.setProperty("framework.libext.dir", libext.getPath());
        // Rundeck insists on these three, although nothing here speaks SSH
        framework.setProperty("framework.ssh.keypath", folder + "/etc/none");
        framework.setProperty("framework.ssh.user", "rundeck");
        framework.setProperty("framework.ssh.timeout", "0");
        return framework;
    }

    private static Properties read(String file) throws IOException {
        Properties properties = new Properties();
        if (file == null) return properties;
        try (InputStream in = new FileInputStream(file)) {
            properties.load(in);
        }
        return properties;
    }

    private static void write(Properties properties, File file) throws IOException {
        file.getParentFile().mkdirs();
        try (OutputStream out = new FileOutputStream(file)) {
            properties.store(out, null);
        }
    }
}
