package harness;

import com.dtolabs.rundeck.core.common.BaseFrameworkExecutionProviders;
import com.dtolabs.rundeck.core.common.BaseFrameworkExecutionServices;
import com.dtolabs.rundeck.core.common.Framework;
import com.dtolabs.rundeck.core.common.FrameworkFactory;
import com.dtolabs.rundeck.core.common.IExecutionProviders;
import com.dtolabs.rundeck.core.common.INodeEntry;
import com.dtolabs.rundeck.core.common.INodeSet;
import com.dtolabs.rundeck.core.common.NodeSetImpl;
import com.dtolabs.rundeck.core.common.ServiceSupport;
import com.dtolabs.rundeck.core.execution.ExecutionServiceImpl;
import com.dtolabs.rundeck.core.execution.service.NodeExecutorService;
import com.dtolabs.rundeck.core.plugins.FilePluginCache;
import com.dtolabs.rundeck.core.plugins.JarPluginScanner;
import com.dtolabs.rundeck.core.plugins.PluginManagerService;
import com.dtolabs.rundeck.core.plugins.ProviderLoader;
import com.dtolabs.rundeck.core.plugins.ScriptPluginScanner;
import com.dtolabs.rundeck.core.plugins.WatchingPluginDirProvider;
import com.dtolabs.rundeck.core.storage.StorageTree;
import com.dtolabs.rundeck.core.utils.cache.FileCache;

import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** Rundeck's framework, services and plugin manager, wired as the web application wires them. */
class RundeckServer {
    final Framework framework;
    final ServiceSupport services;
    final PluginManagerService plugins;
    /** Where a copier put its file, by node: filled by the steps, printed with the results. */
    final StepRunner steps;

    private RundeckServer(Framework framework, ServiceSupport services, PluginManagerService plugins, StepRunner steps) {
        this.framework = framework;
        this.services = services;
        this.plugins = plugins;
        this.steps = steps;
    }

    static RundeckServer start(Options options) throws Exception {
        RundeckBase base = new RundeckBase(options);
        ServiceSupport services = new ServiceSupport();
        BaseFrameworkExecutionServices execution = new BaseFrameworkExecutionServices();
        services.setExecutionServices(execution);

        StepRunner steps = new StepRunner(options);
        IExecutionProviders providers = withOurSteps(BaseFrameworkExecutionProviders.create(execution), steps);
        ExecutionServiceImpl executionService = new ExecutionServiceImpl();
        executionService.setExecutionProviders(providers);
        services.setExecutionProviders(providers);
        services.setExecutionService(executionService);

        Framework framework = FrameworkFactory.createForFilesystem(base.folder.getPath(), services);
        execution.setFramework(framework);
        services.setFramework(framework);
        setNodeExecutorServiceWhereItIsAProperty(execution, framework);

        PluginManagerService plugins = pluginManager(base);
        execution.setService(PluginManagerService.SERVICE_NAME, plugins);
        return new RundeckServer(framework, services, plugins, steps);
    }

    /** Our three kinds of step go to the step runner; every other question goes to Rundeck's own providers. */
    private static IExecutionProviders withOurSteps(IExecutionProviders rundecks, StepRunner steps) {
        return (IExecutionProviders) Proxy.newProxyInstance(
            RundeckServer.class.getClassLoader(),
            new Class<?>[] {IExecutionProviders.class},
            (proxy, method, arguments) -> {
                boolean ours = method.getName().equals("getNodeStepExecutorForItem") && arguments[0] instanceof StepItem;
                if (ours) return steps;
                try {
                    return method.invoke(rundecks, arguments);
                } catch (InvocationTargetException thrown) {
                    throw thrown.getTargetException();
                }
            });
    }

    /** Core 6.x keeps it as a plain property that nobody else sets; 5.x has no such setter. */
    private static void setNodeExecutorServiceWhereItIsAProperty(
        BaseFrameworkExecutionServices execution, Framework framework
    ) throws ReflectiveOperationException {
        try {
            execution.getClass()
                .getMethod("setNodeExecutorService", NodeExecutorService.class)
                .invoke(execution, new NodeExecutorService(framework));
        } catch (NoSuchMethodException fiveX) {
            // it makes its own
        }
    }

    private static PluginManagerService pluginManager(RundeckBase base) {
        WatchingPluginDirProvider folders = new WatchingPluginDirProvider(base.libext);
        FileCache<ProviderLoader> loaders = PluginManagerService.createProviderLoaderFileCache();
        FilePluginCache cache = new FilePluginCache(loaders);
        cache.addScanner(new JarPluginScanner(folders, base.cache(), loaders));
        cache.addScanner(new ScriptPluginScanner(folders, base.cache(), loaders));
        return new PluginManagerService(base.libext, base.cache(), cache);
    }

    INodeSet nodes(Options options) throws Exception {
        File file = new File(options.text("nodes"));
        INodeSet all = framework.getResourceFormatParserService().getParserForFileExtension(file).parseDocument(file);
        if (options.text("node-filter") == null) return all;
        Set<String> wanted = new HashSet<>(Arrays.asList(options.text("node-filter").split(",")));
        NodeSetImpl chosen = new NodeSetImpl();
        for (INodeEntry node : all.getNodes()) {
            if (wanted.contains(node.getNodename())) chosen.putNode(node);
        }
        return chosen;
    }

    StorageTree keyStorage(Options options) throws Exception {
        return KeyStorage.open(options.text("keys"));
    }
}
