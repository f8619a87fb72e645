package harness;

import com.dtolabs.rundeck.core.common.Framework;
import com.dtolabs.rundeck.core.plugins.PluginMetadata;
import com.dtolabs.rundeck.core.plugins.PluginResourceLoader;
import com.dtolabs.rundeck.core.plugins.ProviderIdent;
import com.dtolabs.rundeck.core.plugins.configuration.Describable;
import com.dtolabs.rundeck.core.plugins.configuration.Description;
import com.dtolabs.rundeck.core.plugins.configuration.Property;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Every provider that Rundeck finds in libext: its archive, and the properties that the configuration page would show. */
final class ProviderListing {
    private ProviderListing() {
    }

    static void print(RundeckServer server) {
        for (ProviderIdent id : server.plugins.listProviders()) {
            Map<String, Object> line = Lines.of("service", id.getService(), "provider", id.getProviderName());
            try {
                addArchive(server, id, line);
                addDescription(server.framework, id, line);
            } catch (Exception problem) {
                // that one provider fails to load is a result of the listing, not the end of it
                line.put("loadError", problem + " <- " + problem.getCause());
            }
            Lines.print(line);
        }
    }

    private static void addArchive(RundeckServer server, ProviderIdent id, Map<String, Object> line) throws Exception {
        PluginMetadata archive = server.plugins.getPluginMetadata(id.getService(), id.getProviderName());
        line.put("file", archive.getFilename());
        line.put("name", archive.getPluginName());
        line.put("version", archive.getPluginFileVersion());
        line.put("pluginVersion", archive.getPluginVersion());
        line.put("date", archive.getPluginDate().toInstant().toString());
        line.put("url", archive.getPluginUrl());
        line.put("docsLink", archive.getPluginDocsLink());
        line.put("sourceLink", archive.getPluginSourceLink());
        line.put("tags", archive.getTags());
        PluginResourceLoader resources = server.plugins.getResourceLoader(id.getService(), id.getProviderName());
        line.put("resources", resources == null ? null : resources.listResources());
    }

    private static void addDescription(Framework framework, ProviderIdent id, Map<String, Object> line)
        throws Exception {
        Object provider = load(framework, id);
        if (!(provider instanceof Describable)) return;
        Description description = ((Describable) provider).getDescription();
        line.put("title", description.getTitle());
        line.put("meta", description.getMetadata());
        List<Object> properties = new ArrayList<>();
        for (Property property : description.getProperties()) {
            properties.add(describe(property, description));
        }
        line.put("properties", properties);
    }

    private static Object load(Framework framework, ProviderIdent id) throws Exception {
        switch (id.getService()) {
            case "NodeExecutor":
                return framework.getNodeExecutorService().providerOfType(id.getProviderName());
            case "FileCopier":
                return framework.getFileCopierService().providerOfType(id.getProviderName());
            case "ResourceModelSource":
                return framework.getResourceModelSourceService().providerOfType(id.getProviderName());
            case "WorkflowNodeStep":
                return framework.getNodeStepExecutorService().providerOfType(id.getProviderName());
            default:
                return null;
        }
    }

    private static Map<String, Object> describe(Property property, Description description) {
        return Lines.of(
            "name", property.getName(),
            "title", property.getTitle(),
            "description", property.getDescription(),
            "type", String.valueOf(property.getType()),
            "default", property.getDefaultValue(),
            "required", property.isRequired(),
            "scope", String.valueOf(property.getScope()),
            "project", description.getPropertiesMapping().get(property.getName()),
            "framework", description.getFwkPropertiesMapping().get(property.getName()),
            "rendering", property.getRenderingOptions(),
            "values", property.getSelectValues(),
            "labels", property.getSelectLabels());
    }
}
