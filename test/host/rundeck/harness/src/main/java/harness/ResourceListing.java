package harness;

import com.dtolabs.rundeck.core.common.INodeEntry;
import com.dtolabs.rundeck.core.common.INodeSet;
import com.dtolabs.rundeck.core.resources.ResourceModelSource;
import com.dtolabs.rundeck.core.storage.StorageTree;
import com.dtolabs.rundeck.core.storage.keys.KeyStorageTree;
import com.dtolabs.rundeck.core.utils.ThreadBoundOutputStream;
import org.rundeck.app.spi.AppService;
import org.rundeck.app.spi.Services;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;

/** The nodes that a ResourceModelSource gives for one configuration. */
final class ResourceListing {
    private ResourceListing() {
    }

    /** False if the source failed. */
    static boolean print(RundeckServer server, Options options) {
        ThreadBoundOutputStream.bindSystemOut();
        long startedMs = System.currentTimeMillis();
        try {
            INodeSet nodes = source(server, options).getNodes();
            for (INodeEntry node : nodes.getNodes()) {
                Lines.print(Lines.of(
                    "node", node.getNodename(),
                    "attributes", new TreeMap<>(node.getAttributes()),
                    "tags", node.getTags()));
            }
            Lines.print(Lines.of(
                "total", nodes.getNodes().size(), "success", true, "ms", System.currentTimeMillis() - startedMs));
            return true;
        } catch (Exception failure) {
            Lines.print(Lines.of(
                "success", false, "error", failure.toString(), "cause", String.valueOf(failure.getCause()),
                "ms", System.currentTimeMillis() - startedMs));
            return false;
        }
    }

    private static ResourceModelSource source(RundeckServer server, Options options) throws Exception {
        List<String> arguments = options.arguments();
        Properties configuration = new Properties();
        configuration.setProperty("project", options.project());
        for (String pair : arguments.subList(1, arguments.size())) {
            int equals = pair.indexOf('=');
            configuration.setProperty(pair.substring(0, equals), pair.substring(equals + 1));
        }
        return server.framework.getResourceModelSourceService()
            .getCloseableSourceForConfiguration(arguments.get(0), configuration, keyStorageAlone(server, options))
            .getProvider();
    }

    /** A source may ask the server for services; Key Storage is the one that it gets. */
    private static Services keyStorageAlone(RundeckServer server, Options options) throws Exception {
        StorageTree storage = server.keyStorage(options);
        KeyStorageTree keys = (KeyStorageTree) Proxy.newProxyInstance(
            ResourceListing.class.getClassLoader(),
            new Class<?>[] {KeyStorageTree.class},
            (proxy, method, arguments) -> {
                try {
                    return method.invoke(storage, arguments);
                } catch (InvocationTargetException thrown) {
                    throw thrown.getTargetException();
                }
            });
        return new Services() {
            @Override
            public boolean hasService(Class<? extends AppService> type) {
                return type.isInstance(keys);
            }

            @Override
            public <T extends AppService> T getService(Class<T> type) {
                return type.cast(keys);
            }
        };
    }
}
