/** THIRD-PARTY-NOTICES: every licence and notice once, below the packages that it is for. */
export function composeNotices(packages) {
  const texts = new Map();
  for (const { name, version, licence, licenceText, notices } of packages)
    for (const text of [licenceText, ...notices]) {
      const owners = texts.get(text) ?? [];
      owners.push(`${name} ${version} (${licence})`);
      texts.set(text, owners);
    }
  const sections = [...texts].map(
    ([text, owners]) => `${rule}\n${owners.join("\n")}\n${rule}\n\n${text}\n`,
  );
  return `${opening}\n${sections.join("\n")}`;
}

const rule = "-".repeat(79);
const opening = `The programs in contents/ hold code of the packages below, each under its own licence.
`;
