import { createHash } from "node:crypto";
import type { XmlContent } from "../s3/xml.ts";
import type { Instance, InstanceState } from "./instance.ts";

/** Source: EC2 API reference, InstanceState. */
const stateCodes: Record<InstanceState, number> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

/** An item of `reservationSet`: each machine was started alone. */
export function viewReservation(
  instance: Instance,
  state: InstanceState,
): XmlContent {
  return {
    reservationId: `r-${idOf(instance.instanceId)}`,
    ownerId: instance.account,
    groupSet: {},
    instancesSet: { item: viewInstance(instance, state) },
  };
}

/** A machine that is terminated keeps its tags and its type for an hour; the network has gone. */
function viewInstance(it: Instance, state: InstanceState): XmlContent {
  const isGone = state === "terminated";
  const isUp = state === "running";
  return {
    instanceId: it.instanceId,
    imageId: it.imageId,
    instanceState: { code: stateCodes[state], name: state },
    privateDnsName: isGone ? "" : it.privateDnsName,
    dnsName: isUp ? (it.publicDnsName ?? "") : "",
    reason: "",
    amiLaunchIndex: 0,
    productCodes: {},
    instanceType: it.instanceType,
    launchTime: new Date(it.launchedAtMs).toISOString(),
    placement: {
      availabilityZone: it.availabilityZone,
      groupName: "",
      tenancy: "default",
    },
    // of a machine with Linux EC2 says nothing here
    platform: it.platform === "windows" ? "windows" : undefined,
    platformDetails: it.platform === "windows" ? "Windows" : "Linux/UNIX",
    monitoring: { state: "disabled" },
    subnetId: isGone ? undefined : it.subnetId,
    vpcId: isGone ? undefined : it.vpcId,
    privateIpAddress: isGone ? undefined : it.privateIp,
    ipAddress: isUp ? it.publicIp : undefined,
    groupSet: {},
    architecture: it.architecture,
    rootDeviceType: "ebs",
    rootDeviceName: "/dev/xvda",
    virtualizationType: "hvm",
    tagSet: {
      item: Object.entries(it.tags).map(([key, value]) => ({ key, value })),
    },
    hypervisor: "xen",
    iamInstanceProfile:
      it.profileArn === undefined || isGone
        ? undefined
        : {
            arn: it.profileArn,
            id: `AIPA${idOf(it.profileArn).toUpperCase()}`,
          },
  };
}

function idOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 17);
}
