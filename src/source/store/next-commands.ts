/** A bucket of objects, as far as a person who looks after it has to name it. */
export interface Bucket {
  scheme: 's3' | 'gs';
  bucket: string;
  /** Null: Amazon's, or Google's. */
  endpoint: string | null;
  profile: string | null;
  /** Whose credentials and configuration they are that mend it. */
  by: 'agent' | 'publisher';
}

/** The commands that show what is wrong with a bucket, or mend it. */
export interface NextCommands {
  credentials: string;
  /** Who may do what. */
  policy: string;
  /** Which buckets there are. */
  buckets: string;
  /** Where it is; null: not known. */
  region: (region: string | null) => string;
  /** Whether anybody answers, and how. */
  server: string;
  /** What lies at an address of the bucket. */
  list: (where: string) => string;
}

export function nextCommands(of: Bucket): NextCommands {
  const { bucket, by } = of;
  const server = `curl -sSI ${of.endpoint ?? SERVERS[of.scheme](bucket)}`;
  const ofAgent = 'systemctl edit slipway';
  if (of.scheme === 'gs')
    return {
      credentials: by === 'agent' ? ofAgent : 'gcloud auth application-default login',
      policy: `gcloud storage buckets get-iam-policy gs://${bucket}`,
      buckets: 'gcloud storage ls',
      region: () => `gcloud storage buckets describe gs://${bucket}`,
      server,
      list: (where) => `gcloud storage ls -l ${where}`,
    };
  const profile = of.profile === null ? '' : ` --profile ${of.profile}`;
  const place = `${of.endpoint === null ? '' : ` --endpoint-url ${of.endpoint}`}${profile}`;
  const apply = (region: string) =>
    by === 'agent' ? 'slipway config apply' : `slipway publish --region ${region} ...`;
  return {
    credentials: by === 'agent' ? ofAgent : `aws configure list${profile}`,
    policy: `aws s3api get-bucket-policy --bucket ${bucket}${place}`,
    buckets: `aws s3 ls${place}`,
    region: (region) =>
      region === null ? `aws s3api get-bucket-location --bucket ${bucket}${place}` : apply(region),
    server,
    list: (where) => `aws s3 ls ${where}${place}`,
  };
}

const SERVERS = {
  s3: (bucket: string) => `https://${bucket}.s3.amazonaws.com`,
  gs: () => 'https://storage.googleapis.com',
};
