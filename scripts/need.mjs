/** Imports a package that `npm ci` installs. Where it is not installed the program ends with one line, not with a loader's stack trace. */
export async function need(name) {
  try {
    return await import(name);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    console.error(
      `The package ${name} is not installed: run npm ci in the repository first.`,
    );
    process.exit(1);
  }
}
