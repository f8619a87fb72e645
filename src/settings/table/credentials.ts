import * as values from "../values.ts";
import { both, copier, flag } from "../record.ts";
import type { Records } from "../record.ts";

/** Who asks AWS; the copier's own come first. */
export const credentialSettings = {
  "ssm-copier-accessKeyId": {
    services: copier,
    form: values.accessKeyId,
  },
  "ssm-copier-secretKey": {
    services: copier,
    form: values.secretText,
    isSecret: true,
  },
  "ssm-copier-profile": {
    services: copier,
    form: values.text,
  },
  "ssm-copier-assume-role": {
    services: copier,
    ...flag,
  },
  "ssm-copier-assume-role-arn": {
    services: copier,
    form: values.roleArn,
  },
  "ssm-copier-external-id": {
    services: copier,
    form: values.externalId,
  },
  "ssm-accessKeyId": {
    services: both,
    form: values.accessKeyId,
  },
  "ssm-secretKey": {
    services: both,
    form: values.secretText,
    isSecret: true,
  },
  "ssm-profile": {
    services: both,
    form: values.text,
  },
  "ssm-assume-role": {
    services: both,
    ...flag,
  },
  "ssm-assume-role-arn": {
    services: both,
    form: values.roleArn,
  },
  "ssm-external-id": {
    services: both,
    form: values.externalId,
  },
  "ssm-sts-region": {
    services: both,
    form: values.region,
  },
} as const satisfies Records;
