package harness;

import com.dtolabs.rundeck.core.storage.ResourceMeta;
import com.dtolabs.rundeck.core.storage.StorageTree;
import com.dtolabs.rundeck.core.storage.StorageUtil;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.rundeck.storage.api.HasInputStream;
import org.rundeck.storage.api.Path;
import org.rundeck.storage.api.Resource;
import org.rundeck.storage.api.StorageException;
import org.rundeck.storage.data.MemoryTree;
import org.rundeck.storage.impl.DelegateTree;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Key Storage in memory, filled from a JSON file of path → secret. */
final class KeyStorage {
    private static final Map<String, String> PASSWORD_META = Map.of(
        "Rundeck-content-type", "application/x-rundeck-data-password",
        "Rundeck-data-type", "password",
        "Rundeck-content-mask", "content");

    private KeyStorage() {
    }

    static StorageTree open(String file) throws IOException {
        MemoryTree<ResourceMeta> memory = new MemoryTree<>();
        if (file != null) {
            Map<?, ?> keys = new ObjectMapper().readValue(new File(file), Map.class);
            keys.forEach((path, secret) -> memory.createResource(
                path.toString(), StorageUtil.withStream(new Secret(secret.toString()), PASSWORD_META)));
        }
        return StorageUtil.asStorageTree(new RefusingTree(memory));
    }

    /** Reading an absent path raises StorageException, as the server's own storage layers do. */
    private static class RefusingTree extends DelegateTree<ResourceMeta> {
        private final MemoryTree<ResourceMeta> memory;

        RefusingTree(MemoryTree<ResourceMeta> memory) {
            super(memory);
            this.memory = memory;
        }

        @Override
        public Resource<ResourceMeta> getResource(Path path) {
            if (!memory.hasResource(path)) {
                throw StorageException.readException(path, "Not found: " + path);
            }
            return super.getResource(path);
        }
    }

    /** Content that can be read any number of times: Rundeck reads a secret again for every node. */
    private static class Secret implements HasInputStream {
        private final byte[] bytes;

        Secret(String text) {
            bytes = text.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public InputStream getInputStream() {
            return new ByteArrayInputStream(bytes);
        }

        @Override
        public long writeContent(OutputStream out) throws IOException {
            out.write(bytes);
            return bytes.length;
        }
    }
}
