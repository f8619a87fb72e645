/**
 * How Rundeck's form picks a secret, and hands it over. With `remove`, a path that can't be opened leaves the variable out, and we say so;
 * `skip` would hand over the path as the secret.
 */
export const keyStorageOptions = {
  selectionAccessor: "STORAGE_PATH",
  valueConversion: "STORAGE_PATH_AUTOMATIC_READ",
  valueConversionFailure: "remove",
  "storage-path-root": "keys",
  "storage-file-meta-filter": "Rundeck-data-type=password",
};
