import { z } from 'zod'
import { isMeant, type Caller } from './account.ts'
import type { Call } from './call.ts'
import { Refusal } from './refusal.ts'

const streamSchema = z.strictObject({
  private: z.strictObject({
    collection: z.string(),
    organisations: z.array(z.string()),
    /** As given to `open`; the rights may have changed since. */
    members: z.array(z.string()),
  }).optional(),
  rights: z.array(z.strictObject({ member: z.string(), right: z.enum(['read', 'write']) })),
})

/** What stands about a stream in public state under `m~stream`: whose it is, not what is in it. */
export type Stream = z.output<typeof streamSchema>
export type Right = Stream['rights'][number]

/** A stream's name, alone or with the name of a space before it: `labs`, `prod.labs`. */
const STREAM = /^(?:[a-z0-9][a-z0-9-]{0,30}\.)?[a-z0-9][a-z0-9-]{0,30}$/

/** INVALID unless `name` is a stream's name. */
export function checkStreamName(name: string | undefined): string {
  if (name === undefined || !STREAM.test(name)) throw new Refusal('INVALID', 'A stream name is [a-z0-9][a-z0-9-]{0,30}, perhaps with a space before it')
  return name
}

/** `undefined` when nobody has been given a right yet. */
export async function readStream(call: Call, name: string): Promise<Stream | undefined> {
  const [value] = await call.shared.getMany([streamKey(name)])
  return value === undefined ? undefined : streamSchema.parse(JSON.parse(Buffer.from(value).toString()))
}

export async function writeStream(call: Call, name: string, stream: Stream): Promise<void> {
  await call.shared.putMany([[streamKey(name), Buffer.from(JSON.stringify(stream))]])
}

/** A public stream is everybody's in the channel to read: their peers hold it. */
export function mayRead(stream: Stream | undefined, caller: Caller): boolean {
  return stream?.private === undefined || hasRight(stream, caller, 'read')
}

/** Nobody may write before a right was given. */
export function mayWrite(stream: Stream | undefined, caller: Caller): boolean {
  return stream !== undefined && hasRight(stream, caller, 'write')
}

function hasRight(stream: Stream, caller: Caller, right: Right['right']): boolean {
  return stream.rights.some((entry) => entry.right === right && isMeant(entry.member, caller))
}

function streamKey(name: string): string {
  return `m~${name}`
}
