import type { ContentDocument, ContentStep } from "./content.ts";

const everyPlatform: ContentDocument["platforms"] = [
  "Windows",
  "Linux",
  "MacOS",
];

/**
 * AWS's documents for patches and packages, by AWS's own parameters and steps; their scripts are small ones, which change nothing but the
 * node's folder. Source: Systems Manager user guide, "SSM Command document for patching", "Install or update Distributor packages".
 */
export const maintenanceDocuments: ContentDocument[] = [
  {
    name: "AWS-RunPatchBaseline",
    owner: "Amazon",
    platforms: everyPlatform,
    versions: [
      {
        description:
          "Scans for or installs patches from a patch baseline to a Linux or Windows operating system.",
        parameters: {
          Operation: {
            type: "String",
            description:
              "(Required) The update or configuration to perform on the instance. The system checks if patches specified in the patch baseline are installed on the instance. The install operation installs patches missing from the baseline.",
            allowedValues: ["Scan", "Install"],
          },
          AssociationId: {
            type: "String",
            description:
              "(Optional) The Association ID of an existing association in State Manager.",
            default: "",
          },
          SnapshotId: {
            type: "String",
            description:
              "(Optional) The snapshot ID to use to retrieve a patch baseline snapshot.",
            allowedPattern:
              "(^$)|^[0-9a-fA-F]{8}\\-[0-9a-fA-F]{4}\\-[0-9a-fA-F]{4}\\-[0-9a-fA-F]{4}\\-[0-9a-fA-F]{12}$",
            default: "",
          },
          InstallOverrideList: {
            type: "String",
            description:
              "(Optional) An https URL or an Amazon S3 path-style URL to the list of patches to be installed.",
            allowedPattern: "(^$)|^https://.+$|^s3://([^/]+)/(.*?([^/]+))$",
            default: "",
          },
          BaselineOverride: {
            type: "String",
            description:
              "(Optional) An Amazon S3 path-style URL to a baseline override.",
            allowedPattern: "(^$)|^https://.+$|^s3://([^/]+)/(.*?([^/]+))$",
            default: "",
          },
          RebootOption: {
            type: "String",
            description:
              "(Optional) Reboot behavior after a patch Install operation.",
            allowedValues: ["RebootIfNeeded", "NoReboot"],
            default: "RebootIfNeeded",
          },
        },
        mainSteps: [
          patchStep("PatchWindows", "Windows", "aws:runPowerShellScript", [
            "Write-Output 'Patch Summary for {{ Operation }}'",
          ]),
          patchStep("PatchLinux", "Linux", "aws:runShellScript", patchLines()),
          patchStep("PatchMacOS", "MacOS", "aws:runShellScript", patchLines()),
        ],
      },
    ],
  },
  {
    name: "AWS-ConfigureAWSPackage",
    owner: "Amazon",
    platforms: everyPlatform,
    versions: [
      {
        description:
          "Install or uninstall a Distributor package. You can install the latest version, default version, or a version of the package you specify.",
        parameters: {
          action: {
            type: "String",
            description:
              "(Required) Specify whether or not to install or uninstall the package.",
            allowedValues: ["Install", "Uninstall"],
          },
          installationType: {
            type: "String",
            description: "(Optional) Specify the type of installation.",
            allowedValues: ["Uninstall and reinstall", "In-place update"],
            default: "Uninstall and reinstall",
          },
          name: {
            type: "String",
            description: "(Required) The package to install/uninstall.",
            allowedPattern:
              "^arn:[a-z0-9][-.a-z0-9]{0,62}:[a-z0-9][-.a-z0-9]{0,62}:([a-z0-9][-.a-z0-9]{0,62})?:([a-z0-9][-.a-z0-9]{0,62})?:(package|document)\\/[a-zA-Z0-9/:.\\-_]{1,128}$|^[a-zA-Z0-9/:.\\-_]{1,128}$",
          },
          version: {
            type: "String",
            description:
              "(Optional) The version of the package to install or uninstall.",
            default: "",
          },
          additionalArguments: {
            type: "StringMap",
            description:
              "(Optional) The additional parameters to provide to your install, uninstall, or update scripts.",
            default: {},
          },
        },
        mainSteps: [
          {
            action: "aws:configurePackage",
            name: "configurePackage",
            inputs: {
              name: "{{ name }}",
              action: "{{ action }}",
              installationType: "{{ installationType }}",
              version: "{{ version }}",
              additionalArguments: "{{ additionalArguments }}",
            },
          },
        ],
      },
    ],
  },
];

function patchStep(
  name: string,
  platform: string,
  action: string,
  runCommand: string[],
): ContentStep {
  return {
    precondition: { StringEquals: ["platformType", platform] },
    action,
    name,
    inputs: { timeoutSeconds: 7_200, runCommand },
  };
}

/** One patch is missing, and is installed by a reboot if one is allowed. */
function patchLines(): string[] {
  return [
    "operation='{{ Operation }}' reboot='{{ RebootOption }}'",
    'echo "Patch operation $operation, reboot option $reboot"',
    "if [ -f patched ]; then",
    "  echo 'InstalledCount: 1, MissingCount: 0'; exit 0",
    "fi",
    'if [ "$operation" = Scan ]; then',
    "  echo 'InstalledCount: 0, MissingCount: 1'; exit 0",
    "fi",
    "echo 'Installing kernel'",
    "touch patched",
    'if [ "$reboot" = NoReboot ]; then',
    "  echo 'InstalledCount: 0, InstalledPendingRebootCount: 1'; exit 0",
    "fi",
    "exit 194",
  ];
}
