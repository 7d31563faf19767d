import { createCareLedgerClient, signerFromJwk, signInAway, type CareLedgerClient, type PrivateJwk } from '@careledger/client'
import { readPrivateKey, type KeySource } from './private-key.ts'

export interface ConnectOptions extends KeySource {
  readonly url: string
}

/** A client that nobody is signed in to. */
export function connect(options: Pick<ConnectOptions, 'url'>): CareLedgerClient {
  return createCareLedgerClient({ url: options.url })
}

/** A client signed in with the caller's key, or as a demo person. */
export async function signIn(options: ConnectOptions): Promise<CareLedgerClient> {
  return (await signInWithKey(options)).client
}

/** The same, with the private key: for what is sealed to it. */
export async function signInWithKey(options: ConnectOptions): Promise<{ readonly client: CareLedgerClient; readonly privateKey: PrivateJwk }> {
  const client = connect(options)
  const privateKey = await readPrivateKey(options, client)
  await client.signIn(await signerFromJwk(privateKey))
  return { client, privateKey }
}

/** A client of another instance, signed in with the key that is signed in at home. */
export async function connectAway(home: CareLedgerClient, url: string): Promise<CareLedgerClient> {
  const away = connect({ url })
  await signInAway(home, away)
  return away
}
