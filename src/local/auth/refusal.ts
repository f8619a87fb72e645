/** Why a request's signature is not accepted. */
export type RefusalReason =
  | "missing"
  | "malformed"
  | "unknown-key"
  | "wrong-signature"
  | "wrong-token"
  | "expired-token"
  | "skewed"
  | "expired-url"
  | "unsigned-headers";

export type Refusal = {
  kind: "refused";
  code: string;
  message: string;
  status: number;
};

/** Services word the same refusal in different codes: SSM and Logs in one way, STS, EC2 and S3 each in their own. */
export type RefusalDialect = "json" | "sts" | "ec2" | "s3";

type Wording = [code: string, status: number, message: string];

const signatureMismatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/** EC2 does not tell what is wrong with a signature. Source: EC2 API reference, "Error codes", AuthFailure. */
const notValidated: Wording = [
  "AuthFailure",
  401,
  "AWS was not able to validate the provided access credentials",
];

/** Source: "Common errors" of the SSM and STS API references; S3 API reference, "Error responses". */
const wordings: Record<RefusalDialect, Record<RefusalReason, Wording>> = {
  json: {
    missing: [
      "MissingAuthenticationTokenException",
      400,
      "Missing Authentication Token",
    ],
    malformed: [
      "IncompleteSignatureException",
      400,
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
    ],
    "unknown-key": [
      "UnrecognizedClientException",
      400,
      "The security token included in the request is invalid.",
    ],
    "wrong-signature": ["InvalidSignatureException", 400, signatureMismatch],
    "wrong-token": [
      "UnrecognizedClientException",
      400,
      "The security token included in the request is invalid.",
    ],
    "expired-token": [
      "ExpiredTokenException",
      400,
      "The security token included in the request is expired",
    ],
    skewed: [
      "InvalidSignatureException",
      400,
      "Signature expired: the request's time is more than 15 minutes from the service's",
    ],
    "expired-url": ["InvalidSignatureException", 400, "Signature expired"],
    "unsigned-headers": [
      "InvalidSignatureException",
      400,
      "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    ],
  },
  sts: {
    missing: [
      "MissingAuthenticationToken",
      403,
      "Request is missing Authentication Token",
    ],
    malformed: [
      "IncompleteSignature",
      400,
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters.",
    ],
    "unknown-key": [
      "InvalidClientTokenId",
      403,
      "The security token included in the request is invalid.",
    ],
    "wrong-signature": ["SignatureDoesNotMatch", 403, signatureMismatch],
    "wrong-token": [
      "InvalidClientTokenId",
      403,
      "The security token included in the request is invalid",
    ],
    "expired-token": [
      "ExpiredToken",
      403,
      "The security token included in the request is expired",
    ],
    skewed: [
      "SignatureDoesNotMatch",
      403,
      "Signature expired: the request's time is more than 15 minutes from the service's",
    ],
    "expired-url": ["SignatureDoesNotMatch", 403, "Signature expired"],
    "unsigned-headers": [
      "SignatureDoesNotMatch",
      403,
      "'Host' must be a 'SignedHeader' in the AWS Authorization.",
    ],
  },
  ec2: {
    missing: [
      "MissingAuthenticationToken",
      400,
      "Request is missing Authentication Token",
    ],
    malformed: notValidated,
    "unknown-key": notValidated,
    "wrong-signature": notValidated,
    "wrong-token": notValidated,
    "expired-token": ["RequestExpired", 400, "Request has expired."],
    skewed: ["RequestExpired", 400, "Request has expired."],
    "expired-url": ["RequestExpired", 400, "Request has expired."],
    "unsigned-headers": notValidated,
  },
  s3: {
    missing: ["AccessDenied", 403, "Access Denied"],
    malformed: [
      "AuthorizationHeaderMalformed",
      400,
      "The authorization header that you provided is not valid.",
    ],
    "unknown-key": [
      "InvalidAccessKeyId",
      403,
      "The AWS Access Key Id you provided does not exist in our records.",
    ],
    "wrong-signature": [
      "SignatureDoesNotMatch",
      403,
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    ],
    "wrong-token": [
      "InvalidToken",
      400,
      "The provided token is malformed or otherwise invalid.",
    ],
    "expired-token": ["ExpiredToken", 400, "The provided token has expired."],
    skewed: [
      "RequestTimeTooSkewed",
      403,
      "The difference between the request time and the current time is too large.",
    ],
    "expired-url": ["AccessDenied", 403, "Request has expired"],
    "unsigned-headers": [
      "AccessDenied",
      403,
      "There were headers present in the request which were not signed",
    ],
  },
};

export function refuse(
  dialect: RefusalDialect,
  reason: RefusalReason,
): Refusal {
  const [code, status, message] = wordings[dialect][reason];
  return { kind: "refused", code, message, status };
}
