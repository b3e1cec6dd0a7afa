import type { ObjectMeta } from 'kubernetes-types/meta/v1.js';

interface SecretKey {
  name: string;
  key: string;
}

/** What we use of the Barman Cloud plugin of CloudNativePG. */
export interface ObjectStore {
  apiVersion: 'barmancloud.cnpg.io/v1';
  kind: 'ObjectStore';
  metadata: ObjectMeta;
  spec: {
    retentionPolicy: string;
    configuration: {
      destinationPath: string;
      endpointURL?: string;
      s3Credentials: { accessKeyId: SecretKey; secretAccessKey: SecretKey };
      wal: { compression: 'gzip' | 'bzip2' | 'lz4' | 'snappy' | 'xz' | 'zstd' };
      data: { compression: 'gzip' | 'bzip2' | 'snappy' };
    };
  };
}
