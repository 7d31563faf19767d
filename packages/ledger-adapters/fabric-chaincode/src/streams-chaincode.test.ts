import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { admin, stranger, twoNames, user1, writer } from './__fixtures__/certificates.ts'
import { createFakeStub, type Channel, type FakeCall, type FakeStub } from './__fixtures__/fake-stub.ts'
import { createStreamsChaincode } from './index.ts'

const ADMIN = { mspid: 'Org1MSP', certificate: admin }
const USER1 = { mspid: 'Org1MSP', certificate: user1 }
const WRITER = { mspid: 'Org1MSP', certificate: writer }
const STRANGER = { mspid: 'Org2MSP', certificate: stranger }
const SECRET = Buffer.alloc(32, 7)
const chaincode = createStreamsChaincode({ administrators: ['Org1MSP/Admin@org1.example.com'] })

const hex = (digit: string, bytes: number) => digit.repeat(2 * bytes)
const record = (digit: string, more: object = {}) => ({ id: hex(digit, 16), key: hex('a', 32), digest: hex(digit, 32), ...more })
const withData = (digit: string, text: string) => record(digit, { digest: createHash('sha256').update(text).digest('hex'), data: Buffer.from(text).toString('base64') })

interface Answer { readonly stub: FakeStub; readonly status: number; readonly message: string; readonly body: Record<string, unknown> }

async function run(call: FakeCall): Promise<Answer> {
  const stub = createFakeStub(call)
  const { status, message = '', payload } = await chaincode.Invoke(stub) as { status: number; message?: string; payload?: Uint8Array }
  if (status === 200) stub.commit()
  return { stub, status, message, body: status === 200 ? JSON.parse(Buffer.from(payload ?? '').toString()) as Record<string, unknown> : {} }
}

const append = (channel: Channel, records: readonly object[], identity = USER1, transient: object = {}, stream = 'labs') =>
  run({ channel, identity, args: ['append', stream], transient: { records: JSON.stringify(records), ...transient } })
const grant = (channel: Channel, member: string, right = 'write', identity = ADMIN, stream = 'labs') => run({ channel, identity, args: ['grant', stream, member, right] })
const list = (channel: Channel, query: object, identity = USER1, stream = 'labs') => run({ channel, identity, args: ['list', stream, JSON.stringify({ after: 0, limit: 10, ...query })] })
const get = (channel: Channel, ids: readonly string[], identity = USER1, stream = 'labs') => run({ channel, identity, args: ['get', stream, JSON.stringify(ids)] })
const idsIn = (answer: Answer) => (answer.body['records'] as readonly ({ id: string } | null)[]).map((shown) => shown?.id)

async function writable(): Promise<Channel> {
  const channel: Channel = new Map()
  await grant(channel, 'Org1MSP/User1@org1.example.com')
  return channel
}

describe('append', () => {
  it('puts records at the end of the stream in their order, with writer and time of the proposal', async () => {
    const channel = await writable()
    expect((await append(channel, [record('1'), record('2')])).body).toEqual({ appended: 2, size: 2 })
    expect((await append(channel, [record('3', { key: undefined })])).body).toEqual({ appended: 1, size: 3 })
    const listed = await list(channel, {})
    expect(idsIn(listed)).toEqual([hex('1', 16), hex('2', 16), hex('3', 16)])
    expect((listed.body['records'] as object[])[2]).toEqual({ id: hex('3', 16), digest: hex('3', 32), writer: 'Org1MSP/User1@org1.example.com', transactionId: 'ab'.repeat(32), at: 1_700_000_000_123, sequence: 3 })
  })

  it('writes only what is missing, and nothing when nothing is', async () => {
    const channel = await writable()
    await append(channel, [record('2')])
    expect((await append(channel, [record('1'), record('2'), record('3')])).body).toEqual({ appended: 2, size: 3 })
    expect(idsIn(await list(channel, {}))).toEqual([hex('2', 16), hex('1', 16), hex('3', 16)])
    const again = await append(channel, [record('3'), record('1')])
    expect(again.body).toEqual({ appended: 0, size: 3 })
    expect([again.stub.writes(), again.stub.events]).toEqual([[], []])
  })

  it.each([
    ['digest', record('1', { digest: hex('9', 32) })],
    ['key', record('1', { key: hex('b', 32) })],
    ['no key', record('1', { key: undefined })],
    ['data', withData('1', 'other')],
  ])('names an id that stands with another %s, and writes nothing', async (_, other) => {
    const channel = await writable()
    await append(channel, [record('1')])
    const answer = await append(channel, [record('5'), other])
    expect(answer.body).toEqual({ appended: 0, size: 1, conflicts: [hex('1', 16)] })
    expect(answer.stub.writes()).toEqual([])
  })

  it('knows a record without data from one with the same digest and data', async () => {
    const channel = await writable()
    const full = withData('1', '')
    await append(channel, [full])
    expect((await append(channel, [full])).body).toEqual({ appended: 0, size: 1 })
    expect((await append(channel, [{ ...full, data: undefined }])).body).toMatchObject({ conflicts: [hex('1', 16)] })
  })

  it('reads counter, ids and rights by point, so that Fabric refuses a lost race, and no range', async () => {
    const channel = await writable()
    const { stub } = await append(channel, [record('1')])
    expect(stub.reads).toEqual([':m~labs', ':n~labs', `:i~labs~${hex('1', 16)}`])
    expect(stub.ranged).toBe(false)
  })

  it('gives one event with stream and size', async () => {
    expect((await append(await writable(), [record('1'), record('2')])).stub.events).toEqual([['appended', '{"stream":"labs","size":2}']])
  })

  it('is the same on every endorser', async () => {
    const channel = await writable()
    const [one, other] = await Promise.all([0, 1].map(() => {
      const stub = createFakeStub({ channel, identity: USER1, args: ['append', 'labs'], transient: { records: JSON.stringify([record('1'), withData('2', 'x')]) } })
      return chaincode.Invoke(stub).then(() => stub.writes().map(([collection, key, value]) => [collection, key, Buffer.from(value).toString('hex')]))
    }))
    expect(one).toEqual(other)
    expect(one).not.toEqual([])
  })

  it.each([
    ['no records', undefined],
    ['no JSON', '{'],
    ['none', '[]'],
    ['an id twice', JSON.stringify([record('1'), record('1')])],
    ['an id in capitals', JSON.stringify([record('1', { id: hex('A', 16) })])],
    ['a digest of other data', JSON.stringify([record('1', { data: 'eA==' })])],
    ['an unknown field', JSON.stringify([record('1', { at: 1 })])],
  ])('refuses %s', async (_, records) => {
    const answer = await run({ channel: await writable(), identity: USER1, args: ['append', 'labs'], transient: records === undefined ? {} : { records } })
    expect([answer.status, answer.message.split(':')[0]]).toEqual([500, 'careledger INVALID'])
    expect(answer.stub.writes()).toEqual([])
  })
})

describe('reading', () => {
  it('gives records in the order of the ids, and null for an unknown one', async () => {
    const channel = await writable()
    await append(channel, [record('1'), withData('2', 'text')])
    const answer = await get(channel, [hex('2', 16), hex('f', 16), hex('1', 16), hex('2', 16)], STRANGER)
    expect(idsIn(answer)).toEqual([hex('2', 16), undefined, hex('1', 16), hex('2', 16)])
    expect(answer.body).toMatchObject({ size: 2, records: [{ data: Buffer.from('text').toString('base64'), sequence: 2 }, null, { sequence: 1 }, {}] })
  })

  it('pages through a stream and through a key from any place', async () => {
    const channel = await writable()
    for (const [index, digit] of [...'123456'].entries()) await append(channel, [record(digit, { key: hex(index % 2 === 0 ? 'a' : 'b', 32) })])
    expect((await list(channel, { after: 4, limit: 1 })).body).toMatchObject({ size: 6, more: true, records: [{ sequence: 5 }] })
    expect((await list(channel, { after: 4, limit: 2 })).body).toMatchObject({ more: false, records: [{ sequence: 5 }, { sequence: 6 }] })
    expect((await list(channel, { key: hex('b', 32), after: 2, limit: 1 })).body).toMatchObject({ more: true, records: [{ sequence: 4 }] })
    expect((await list(channel, { key: hex('b', 32), after: 4 })).body).toMatchObject({ more: false, records: [{ sequence: 6 }] })
    expect((await list(channel, { key: hex('c', 32) })).body).toMatchObject({ more: false, records: [] })
  })

  it('does not take another stream for a part of this one', async () => {
    const channel = await writable()
    await grant(channel, 'Org1MSP', 'write', ADMIN, 'labs-2')
    await append(channel, [record('1')], USER1, {}, 'labs-2')
    expect(idsIn(await list(channel, {}))).toEqual([])
    expect(idsIn(await get(channel, [hex('1', 16)]))).toEqual([undefined])
  })

  it('cuts an answer that would be too much, and says that there is more', async () => {
    const channel = await writable()
    const big = [...'123'].map((digit) => withData(digit, digit.repeat(3_000_000)))
    for (const each of big) await append(channel, [each])
    expect((await list(channel, {})).body).toMatchObject({ more: true, records: [{ sequence: 1 }] })
    expect(idsIn(await get(channel, [hex('f', 16), hex('3', 16), hex('2', 16)]))).toEqual([undefined, hex('3', 16)])
  })
})

describe('who may what', () => {
  it('lets nobody write before a right was given, and then whom it names', async () => {
    const channel: Channel = new Map()
    const writes = async () => Promise.all([USER1, WRITER, STRANGER].map(async (identity, index) => (await append(channel, [record(String(index + 1))], identity)).status))
    expect(await writes()).toEqual([500, 500, 500])
    await grant(channel, 'Org1MSP/User1@org1.example.com')
    expect(await writes()).toEqual([200, 500, 500])
    await grant(channel, 'Org1MSP#careledger=writer')
    expect(await writes()).toEqual([200, 200, 500])
    await grant(channel, 'Org2MSP')
    expect(await writes()).toEqual([200, 200, 200])
    await run({ channel, identity: ADMIN, args: ['revoke', 'labs', 'Org2MSP', 'write'] })
    expect(await writes()).toEqual([200, 200, 500])
    expect((await append(channel, [record('9')], STRANGER)).message).toBe('careledger UNAUTHORISED: This account may not write the stream')
  })

  it('says who has which right, and writes nothing for what is so already', async () => {
    const channel = await writable()
    expect((await run({ channel, identity: STRANGER, args: ['stream', 'labs'] })).body).toEqual({ rights: [{ member: 'Org1MSP/User1@org1.example.com', right: 'write' }] })
    const again = await grant(channel, 'Org1MSP/User1@org1.example.com')
    expect([again.body, again.stub.writes()]).toEqual([{ changed: false }, []])
    expect((await run({ channel, identity: ADMIN, args: ['revoke', 'labs', 'Org2MSP', 'write'] })).body).toEqual({ changed: false })
  })

  it.each(['grant', 'revoke', 'open'])('lets only an administrator %s', async (name) => {
    const channel: Channel = new Map()
    const answer = await run({ channel, identity: USER1, args: [name, 'labs', 'Org1MSP', 'write'] })
    expect(answer.message).toBe('careledger UNAUTHORISED: This account is no administrator')
    expect(answer.stub.writes()).toEqual([])
  })

  it('does not take the name of another organisation for its own, nor one of two names', async () => {
    const channel: Channel = new Map()
    expect((await grant(channel, 'Org1MSP', 'write', { mspid: 'Org2MSP', certificate: admin })).status).toBe(500)
    expect((await grant(channel, 'Org1MSP', 'write', { mspid: 'Org1MSP', certificate: twoNames })).message).toContain('careledger UNAUTHORISED')
  })

  it.each([['Org1MSP/'], ['Org1MSP/a#b=c'], [''], ['Org 1']])('refuses %s as a member', async (member) => {
    expect((await grant(new Map(), member)).message).toContain('careledger INVALID')
  })

  it('does not pretend that reading a public stream can be taken away', async () => {
    expect((await grant(await writable(), 'Org1MSP', 'read')).message).toContain('careledger REJECTED')
  })
})

describe('private streams', () => {
  const MEMBERS = ['Org1MSP/User1@org1.example.com']
  const open = (channel: Channel, parts: object = {}, stream = 'labs') => run({
    channel, identity: ADMIN, args: ['open', stream, JSON.stringify({ collection: 'org1Only', organisations: ['Org1MSP'], members: MEMBERS, ...parts })],
  })

  it('keep records in their collection, for their members', async () => {
    const channel: Channel = new Map()
    expect((await open(channel)).body).toEqual({ changed: true })
    expect((await list(channel, {})).body).toEqual({ size: 0, records: [], more: false })
    expect((await append(channel, [record('1'), withData('2', 'secret text')], USER1, { secret: SECRET })).body).toEqual({ appended: 2, size: 2 })
    expect((await append(channel, [record('3')], USER1, { secret: Buffer.alloc(32, 9) })).body).toEqual({ appended: 1, size: 3 })
    expect(idsIn(await list(channel, {}))).toEqual([hex('1', 16), hex('2', 16), hex('3', 16)])
    expect(idsIn(await list(channel, { key: hex('a', 32), after: 1 }))).toEqual([hex('2', 16), hex('3', 16)])
    expect((await get(channel, [hex('2', 16)])).body).toMatchObject({ size: 3, records: [{ data: Buffer.from('secret text').toString('base64') }] })
    expect([...channel.get('')?.keys() ?? []]).toEqual(['m~labs'])
  })

  it('answer an outsider the same for a right guess and a wrong one', async () => {
    const channel: Channel = new Map()
    await open(channel)
    await append(channel, [record('1')], USER1, { secret: SECRET })
    for (const identity of [STRANGER, WRITER]) {
      const guesses = await Promise.all([hex('1', 16), hex('2', 16)].map((id) => get(channel, [id], identity)))
      expect(guesses.map((answer) => answer.message)).toEqual(['careledger UNAUTHORISED: The stream is private', 'careledger UNAUTHORISED: The stream is private'])
      expect((await list(channel, { key: hex('a', 32) }, identity)).status).toBe(500)
      expect((await append(channel, [record('1')], identity, { secret: SECRET })).message).toContain('careledger UNAUTHORISED')
    }
  })

  it('show in their hashed keys and values nothing that can be guessed', async () => {
    const channels: Channel[] = [new Map(), new Map()]
    for (const [index, channel] of channels.entries()) {
      await open(channel)
      await append(channel, [record('1'), withData('2', 'x')], USER1, { secret: Buffer.alloc(32, index + 1) })
    }
    const published = channels.map((channel) => new Set([...channel.get('org1Only') ?? []].filter(([key]) => key !== 's~labs').flatMap(([key, value]) => [key, Buffer.from(value).toString('hex')])))
    expect([...published[0] ?? []].filter((text) => published[1]?.has(text))).toEqual([])
    const names = [...channels[0]?.get('org1Only')?.keys() ?? []].filter((key) => key !== 's~labs')
    expect(names).toHaveLength(8)
    for (const name of names) for (const guess of ['labs', hex('1', 16), hex('2', 16), hex('a', 32)]) expect(name).not.toContain(guess)
  })

  it('are opened once: the same again is done, anything else a conflict', async () => {
    const channel: Channel = new Map()
    await open(channel, { members: ['Org1MSP/b', 'Org1MSP/a'] })
    expect((await open(channel, { members: ['Org1MSP/a', 'Org1MSP/b', 'Org1MSP/a'] })).body).toEqual({ changed: false })
    expect((await open(channel)).message).toContain('careledger CONFLICT')
    expect((await open(channel, { collection: 'other', members: ['Org1MSP/b', 'Org1MSP/a'] })).message).toContain('careledger CONFLICT')
    await grant(channel, 'Org1MSP', 'write', ADMIN, 'public')
    expect((await open(channel, {}, 'public')).message).toContain('careledger CONFLICT')
  })

  it('take members of their organisations only', async () => {
    const channel: Channel = new Map()
    expect((await open(channel, { members: ['Org2MSP/b'] })).message).toContain('careledger REJECTED')
    await open(channel)
    expect((await grant(channel, 'Org2MSP', 'read')).message).toContain('careledger REJECTED')
    expect((await grant(channel, 'Org1MSP#careledger=writer', 'read')).body).toEqual({ changed: true })
    expect((await list(channel, {}, WRITER)).status).toBe(200)
    expect((await append(channel, [record('1')], WRITER, { secret: SECRET })).status).toBe(500)
  })

  it('need their secret with the first record', async () => {
    const channel: Channel = new Map()
    await open(channel)
    expect((await append(channel, [record('1')])).message).toContain('careledger REJECTED')
    expect((await append(channel, [record('1')], USER1, { secret: Buffer.alloc(16) })).message).toContain('careledger INVALID')
  })
})

describe('a call that is none', () => {
  it.each([['about', 200], ['constructor', 500], ['toString', 500], ['', 500]])('%s gives status %i', async (name, status) => {
    const answer = await run({ channel: new Map(), identity: USER1, args: [name] })
    expect(answer.status).toBe(status)
    if (status === 200) expect(answer.body).toEqual({ protocol: 1, batched: false })
  })

  it.each(['Labs', 'a~b', '', 'a.b.c', '-a', 'x'.repeat(32)])('refuses %s as the name of a stream', async (name) => {
    expect((await list(new Map(), {}, USER1, name)).message).toContain('careledger INVALID')
  })
})
