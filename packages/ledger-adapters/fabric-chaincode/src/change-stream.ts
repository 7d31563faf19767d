import { z } from 'zod'
import { organisationOf } from './account.ts'
import type { Call } from './call.ts'
import { Refusal } from './refusal.ts'
import { parseJson } from './stored-record.ts'
import { checkStreamName, readStream, writeStream, type Right, type Stream } from './stream.ts'

/** `changed` false means that this transaction writes nothing: there is no need to submit it. */
export interface ChangeAnswer {
  readonly changed: boolean
}

const openSchema = z.strictObject({
  collection: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  organisations: z.array(z.string()).min(1).max(100),
  members: z.array(z.string()).min(1).max(1_000),
})
const rightSchema = z.enum(['read', 'write'])

/**
 * `open(stream, { collection, organisations, members })`: makes a stream private before its first record. The members may read and
 * write it. The same again changes nothing; CONFLICT when it is another's or public.
 */
export async function open(call: Call, [name, text]: readonly string[]): Promise<ChangeAnswer> {
  const streamName = checkStreamName(name)
  checkAdministrator(call)
  const parsed = openSchema.safeParse(parseJson(text))
  if (!parsed.success) throw new Refusal('INVALID', 'A private stream has a collection, its organisations and members')
  const { collection } = parsed.data
  const organisations = sorted(parsed.data.organisations)
  const members = sorted(parsed.data.members)
  if (!members.every((member) => organisations.includes(organisationOf(member)))) throw new Refusal('REJECTED', 'A member is of none of the organisations')

  const there = await readStream(call, streamName)
  if (there?.private?.collection === collection && sameNames(there.private.members, members)) return { changed: false }
  if (there !== undefined) throw new Refusal('CONFLICT', 'The stream exists already')
  const rights = members.flatMap((member): Right[] => [{ member, right: 'read' }, { member, right: 'write' }])
  await writeStream(call, streamName, { private: { collection, organisations, members }, rights })
  return { changed: true }
}

/** `grant(stream, member, right)`. REJECTED: reading a public stream cannot be given, and a private one only within its organisations. */
export async function grant(call: Call, [name, member, rightName]: readonly string[]): Promise<ChangeAnswer> {
  const change = await checkChange(call, name, member, rightName)
  const stream: Stream = change.stream ?? { rights: [] }
  if (stream.private !== undefined && !stream.private.organisations.includes(change.organisation)) {
    throw new Refusal('REJECTED', 'The collection of this private stream is not open to the organisation')
  }
  if (stream.rights.some((entry) => isSame(entry, change.right))) return { changed: false }
  await writeStream(call, change.name, { ...stream, rights: [...stream.rights, change.right] })
  return { changed: true }
}

/** `revoke(stream, member, right)`: takes just what was given under this name; a wider right, such as the organisation's, stays. */
export async function revoke(call: Call, [name, member, rightName]: readonly string[]): Promise<ChangeAnswer> {
  const change = await checkChange(call, name, member, rightName)
  const rights = change.stream?.rights.filter((entry) => !isSame(entry, change.right))
  if (change.stream === undefined || rights?.length === change.stream.rights.length) return { changed: false }
  await writeStream(call, change.name, { ...change.stream, rights: rights ?? [] })
  return { changed: true }
}

/** `stream(stream)`: in which collection it is, if in one, and who has which right. Every member of the channel may ask. */
export async function describeStream(call: Call, [name]: readonly string[]): Promise<Stream> {
  return await readStream(call, checkStreamName(name)) ?? { rights: [] }
}

async function checkChange(call: Call, name: string | undefined, member = '', rightName: string | undefined) {
  const streamName = checkStreamName(name)
  checkAdministrator(call)
  const right = rightSchema.safeParse(rightName)
  if (!right.success) throw new Refusal('INVALID', 'A right is read or write')
  const organisation = organisationOf(member)
  const stream = await readStream(call, streamName)
  if (right.data === 'read' && stream?.private === undefined) throw new Refusal('REJECTED', 'A public stream is open to every organisation of the channel; open a private one instead')
  return { name: streamName, stream, organisation, right: { member, right: right.data } }
}

function checkAdministrator(call: Call): void {
  if (!call.isAdministrator) throw new Refusal('UNAUTHORISED', 'This account is no administrator')
}

function isSame(a: Right, b: Right): boolean {
  return a.member === b.member && a.right === b.right
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index])
}
