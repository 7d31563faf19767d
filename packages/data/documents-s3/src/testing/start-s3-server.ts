import { startFauxqs } from 'fauxqs'

/** A running S3 server with one empty bucket. */
export interface RunningS3 {
  readonly settings: { readonly bucket: string; readonly endpoint: string; readonly region: string; readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } }
  stop(): Promise<void>
}

/**
 * fauxqs: a server in Node that speaks S3 over HTTP and keeps objects as files. It takes every key and does not know conditional writes of
 * new objects; for both the live test has a server that does.
 */
export async function startS3Server(directory: string): Promise<RunningS3> {
  const server = await startFauxqs({ port: 0, host: '127.0.0.1', logger: false, s3StorageDir: directory })
  server.createBucket('careledger')
  return {
    settings: { bucket: 'careledger', endpoint: `http://127.0.0.1:${server.port}`, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    stop: () => server.stop(),
  }
}
