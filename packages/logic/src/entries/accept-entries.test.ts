import { newEntryId, newSalt, parseEntry, signEntry, toBase64url, utf8, commit, entryBytes } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { accept, createWorld, draft, hospitalId, newSigner, note, registration, sign, signBatch, stock, type World } from '../__fixtures__/world.ts'
import { LogicError } from '../logic-error.ts'
import { acceptEntries } from './accept-entries.ts'
import { openEntry } from './open-entry.ts'
import type { SignedEntry } from './signed-entry.ts'

const refused = async (attempt: Promise<unknown>): Promise<string> => attempt.then(() => 'accepted', (error: unknown) => (error instanceof LogicError ? error.code : `${error}`))
const idOf = (signed: SignedEntry): string => parseEntry(signed.entry as Uint8Array).id
const rowCount = async ({ parts }: World): Promise<number> => (await parts.store.read((view) => view.unsequenced({ limit: 1000 }))).length

describe('acceptEntries', () => {
  it('keeps the exact bytes, sealed, and opens them again', async () => {
    const world = await createWorld()
    const { subject } = await world.patient()
    const signed = await note(world.doctor, subject, 'Hb 1.10')
    const [receipt] = await accept(world.parts, world.doctor, signed)
    expect(receipt).toEqual({ id: idOf(signed), state: 'stored', index: undefined, duplicate: false })
    const stored = await world.parts.store.read((view) => view.entry(receipt!.id))
    expect(Buffer.from(stored!.sealed!).includes('Hb 1.10')).toBe(false)
    expect(await openEntry(world.parts, stored!)).toEqual({ salt: signed.opening!.salt, mediaType: 'text/plain', payload: utf8('Hb 1.10') })
  })

  it('keeps a large payload in the document store, in chunks, and opens it again', async () => {
    const world = await createWorld()
    const { subject } = await world.patient()
    const payload = new Uint8Array(2_500_000).map((_, place) => place % 251)
    const [receipt] = await accept(world.parts, world.doctor, await sign(world.doctor.signer, draft({ type: 'note-written', author: world.doctor.author, subject }), payload))
    const stored = await world.parts.store.read((view) => view.entry(receipt!.id))
    expect(stored!.sealed!.length).toBe(57)
    expect(world.documents.get(stored!.documentId!)!.length).toBe(2_500_000 + 3 * 28 + 66)
    expect(await openEntry(world.parts, stored!)).toMatchObject({ payload })
  })

  it('takes 4,096 entries under one signature in one write', async () => {
    const world = await createWorld()
    const before = await rowCount(world)
    const batch = await signBatch(world.hospital.signer, Array.from({ length: 4096 }, () => ({ entry: draft({ type: 'item-stocked', author: world.hospital.author }) })))
    const receipts = await accept(world.parts, world.hospital, batch)
    expect(receipts.map(({ id }) => id)).toEqual(batch.map(idOf))
    expect(before).toBeLessThan(1000)
    expect(await world.parts.store.read((view) => view.projection('stock', 'nothing'))).toMatchObject({ value: utf8('4096'), version: 1 })
  })

  it('gives the same receipt for a retry, signed anew or not, and changes nothing', async () => {
    const world = await createWorld()
    const signed = await stock(world.doctor)
    await accept(world.parts, world.doctor, signed)
    const again = { ...signed, signature: await signEntry(parseEntry(signed.entry as Uint8Array), world.doctor.signer) }
    const receipts = await Promise.all([signed, again, signed].map((one) => accept(world.restart(), world.doctor, one)))
    expect(receipts.flat()).toEqual(Array.from({ length: 3 }, () => ({ id: idOf(signed), state: 'stored', index: undefined, duplicate: true })))
    expect(await world.parts.store.read((view) => view.projection('stock', 'gauze'))).toMatchObject({ value: utf8('1') })
  })

  it('gives 100 equal receipts for 100 retries at once', async () => {
    const world = await createWorld()
    const signed = await stock(world.doctor)
    const receipts = (await Promise.all(Array.from({ length: 100 }, () => accept(world.parts, world.doctor, signed)))).flat()
    expect(new Set(receipts.map(({ id, state }) => `${id} ${state}`)).size).toBe(1)
    expect(receipts.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    expect(await world.parts.store.read((view) => view.projection('stock', 'gauze'))).toMatchObject({ value: utf8('1') })
  })

  it('writes what is new of a call whose other entries are there already', async () => {
    const world = await createWorld()
    const [one, two] = [await stock(world.doctor), await stock(world.doctor)]
    await accept(world.parts, world.doctor, one)
    expect((await accept(world.parts, world.doctor, [one, two])).map(({ duplicate }) => duplicate)).toEqual([true, false])
    expect(await world.parts.store.read((view) => view.projection('stock', 'gauze'))).toMatchObject({ value: utf8('2') })
  })

  it('lets 40 writers of one row all through, each on what the others left', async () => {
    const world = await createWorld()
    for (let round = 0; round < 10; round++) {
      const signed = await Promise.all(Array.from({ length: 4 }, () => stock(world.doctor, 'drug')))
      await Promise.all(signed.map((one) => accept(world.parts, world.doctor, one)))
    }
    expect(await world.parts.store.read((view) => view.projection('stock', 'drug'))).toMatchObject({ value: utf8('40') })
  })

  it('lets an entry see the rows of those before it in the same call', async () => {
    const world = await createWorld()
    const created = await world.newPatient()
    const receipts = await accept(world.parts, world.doctor, [await registration(world.doctor, created), await note(world.doctor, created.subject)])
    expect(receipts).toHaveLength(2)
  })

  it('refuses all of a call when one entry is refused', async () => {
    const world = await createWorld()
    const before = await rowCount(world)
    expect(await refused(accept(world.parts, world.doctor, [await stock(world.doctor), await stock(world.doctor, 'refused')]))).toBe('NOT_ALLOWED')
    expect(await rowCount(world)).toBe(before)
    expect(await world.parts.store.read((view) => view.projection('stock', 'gauze'))).toBeUndefined()
  })

  it('takes back the document of a write that is refused', async () => {
    const world = await createWorld()
    const { subject } = await world.patient()
    const large = await sign(world.doctor.signer, draft({ type: 'note-written', author: world.doctor.author, subject }), new Uint8Array(300_000))
    expect(await refused(accept(world.parts, world.doctor, large, { guards: [{ table: 'policy', key: 'x', version: 3 }] }))).toBe('STALE')
    expect(world.documents.size).toBe(0)
  })

  const cases: readonly (readonly [string, string, (world: World) => Promise<unknown>])[] = [
    ['no entry', 'INPUT_MALFORMED', ({ parts }) => acceptEntries(parts, [], { actor: { party: 'doctor-1' } })],
    ['more than 4,096 entries', 'INPUT_TOO_LARGE', async ({ parts, doctor }) => { const one = await stock(doctor); return accept(parts, doctor, Array.from({ length: 4097 }, () => one)) }],
    ['one id twice', 'INPUT_MALFORMED', async ({ parts, doctor }) => { const one = await stock(doctor); return accept(parts, doctor, [one, one]) }],
    ['text that is no entry', 'INPUT_MALFORMED', async ({ parts, doctor }) => accept(parts, doctor, { ...(await stock(doctor)), entry: '{"v":1,"v":1}' })],
    ['an entry that is not canonical', 'INPUT_MALFORMED', async ({ parts, doctor }) => { const one = await stock(doctor); return accept(parts, doctor, { ...one, entry: ` ${new TextDecoder().decode(one.entry as Uint8Array)}` }) }],
    ['an unknown network', 'INPUT_MALFORMED', async ({ parts, doctor }) => accept(parts, doctor, await sign(doctor.signer, draft({ network: 'moon', type: 'item-stocked', author: doctor.author })))],
    ['an unknown type', 'INPUT_MALFORMED', async ({ parts, doctor }) => accept(parts, doctor, await sign(doctor.signer, draft({ type: 'constructor', author: doctor.author })))],
    ['a payload without its opening', 'INPUT_MALFORMED', async ({ parts, doctor }) => accept(parts, doctor, { ...(await stock(doctor)), opening: undefined })],
    ['a missing payload', 'INPUT_MALFORMED', async (w) => accept(w.parts, w.doctor, await sign(w.doctor.signer, draft({ type: 'note-written', author: w.doctor.author, subject: (await w.patient()).subject })))],
    ['a payload that the type has not', 'INPUT_MALFORMED', async (w) => accept(w.parts, w.doctor, await sign(w.doctor.signer, draft({ type: 'epoch-raised', author: w.doctor.author, subject: (await w.patient()).subject }), { x: 1 }))],
    ['a subject that the type has not', 'INPUT_MALFORMED', async (w) => accept(w.parts, w.doctor, await sign(w.doctor.signer, draft({ type: 'item-stocked', author: w.doctor.author, subject: (await w.patient()).subject })))],
    ['another payload than was signed', 'COMMITMENT_MISMATCH', async ({ parts, doctor }) => { const one = await stock(doctor); return accept(parts, doctor, { ...one, opening: { ...one.opening!, payload: utf8('{}') } }) }],
    ['a salt of equal bytes', 'COMMITMENT_MISMATCH', async ({ parts, doctor }) => { const one = await stock(doctor); return accept(parts, doctor, { ...one, opening: { ...one.opening!, salt: new Uint8Array(32) } }) }],
    ['a commitment used before', 'ENTRY_CONFLICT', async ({ parts, doctor }) => {
      const opening = { salt: newSalt(), mediaType: 'application/json', payload: utf8('{"item":"gauze"}') }
      const make = async (): Promise<SignedEntry> => { const entry = draft({ type: 'item-stocked', author: doctor.author, payload: toBase64url(commit(opening)) }); return { entry: entryBytes(entry), signature: await signEntry(entry, doctor.signer), opening } }
      await accept(parts, doctor, await make())
      return accept(parts, doctor, await make())
    }],
    ['the same id with other content', 'ENTRY_CONFLICT', async ({ parts, doctor }) => {
      const id = newEntryId()
      await accept(parts, doctor, await sign(doctor.signer, draft({ id, type: 'item-stocked', author: doctor.author })))
      return accept(parts, doctor, await sign(doctor.signer, draft({ id, type: 'item-stocked', author: doctor.author }), { item: 'other' }))
    }],
    ['a signature by another key', 'SIGNATURE_INVALID', async ({ parts, doctor, hospital }) => { const one = await stock(doctor); return accept(parts, doctor, { ...one, signature: (await stock(hospital)).signature }) }],
    ['a signature of another entry', 'SIGNATURE_INVALID', async ({ parts, doctor }) => accept(parts, doctor, { ...(await stock(doctor)), signature: (await stock(doctor)).signature })],
    ['a place in the batch that is not its own', 'SIGNATURE_INVALID', async ({ parts, doctor }) => {
      const [one, two] = await signBatch(doctor.signer, [0, 1].map(() => ({ entry: draft({ type: 'item-stocked', author: doctor.author }) })))
      return accept(parts, doctor, { ...one!, signature: two!.signature })
    }],
    ['a key that is not enrolled', 'KEY_UNKNOWN', async ({ parts, doctor }) => { const signer = newSigner(); return accept(parts, doctor, await sign(signer, draft({ type: 'item-stocked', author: { ...doctor.author, key: signer.key } }))) }],
    ['a key under another credential', 'KEY_UNKNOWN', async ({ parts, doctor, hospital }) => accept(parts, doctor, await sign(doctor.signer, draft({ type: 'item-stocked', author: { ...doctor.author, credential: hospital.author.credential } })))],
    ['a key of another party', 'KEY_UNKNOWN', async ({ parts, doctor, hospital }) => accept(parts, hospital, await sign(doctor.signer, draft({ type: 'item-stocked', author: { ...doctor.author, party: hospital.author.party } })))],
    ['an entry of somebody else', 'NOT_ALLOWED', async ({ parts, doctor, hospital }) => accept(parts, hospital, await stock(doctor))],
    ['a custodian that is not here', 'NOT_ALLOWED', async ({ parts, doctor }) => accept(parts, doctor, await sign(doctor.signer, draft({ type: 'item-stocked', author: doctor.author, custodian: 'elsewhere' })))],
    ['a subject that is not here', 'NOT_ALLOWED', async ({ parts, doctor, newPatient }) => accept(parts, doctor, await note(doctor, (await newPatient()).subject))],
    ['a subject of another custodian', 'NOT_ALLOWED', async (w) => accept(w.parts, w.doctor, await sign(w.doctor.signer, draft({ type: 'note-written', author: w.doctor.author, custodian: 'platform', subject: (await w.patient()).subject }), utf8('x')))],
    ['a pseudonym that is not the patient\'s', 'INPUT_MALFORMED', async (w) => accept(w.parts, w.doctor, await registration(w.doctor, { patient: (await w.newPatient()).patient, subject: (await w.newPatient()).subject }))],
    ['an entry issued ten minutes ahead', 'CLOCK_SKEW', async ({ parts, doctor }) => accept(parts, doctor, await sign(doctor.signer, draft({ type: 'item-stocked', author: doctor.author, issuedAt: new Date(Date.now() + 600_000).toISOString() })))],
    ['a guard that no longer holds', 'STALE', async ({ parts, doctor }) => accept(parts, doctor, await stock(doctor), { guards: [{ table: 'policy', key: 'somebody', version: 1 }] })],
    ['a claim that another took', 'STALE', async ({ parts, doctor }) => {
      await accept(parts, doctor, await stock(doctor), { claims: [{ scope: 'serial', value: '1', owner: 'a' }] })
      return accept(parts, doctor, await stock(doctor), { claims: [{ scope: 'serial', value: '1', owner: 'b' }] })
    }],
  ]
  it.each(cases)('refuses %s with %s', async (_title, code, attempt) => {
    const world = await createWorld()
    const before = await rowCount(world)
    expect(await refused(attempt(world))).toBe(code)
    expect(await rowCount(world) - before).toBeLessThanOrEqual(1)
  })

  it('refuses a revoked key from the next call on, in a process that knew it', async () => {
    const world = await createWorld()
    const other = world.restart()
    await accept(other, world.doctor, await stock(world.doctor))
    const revocation = await sign(world.hospital.signer, draft({ network: 'identity', type: 'key-revoked', custodian: hospitalId, author: world.hospital.author }), { mediaType: 'application/careledger-revocation+json', payload: utf8(`{"key":"${world.doctor.signer.key}","v":1}`) })
    await accept(world.parts, world.hospital, revocation)
    expect(await refused(accept(other, world.doctor, await stock(world.doctor)))).toBe('KEY_REVOKED')
  })

  it('asks again by id when no answer came, and says so when that does not help', async () => {
    let lost = 0
    const world = await createWorld({
      store: (store) => ({ ...store, write: async (write) => {
        const result = await store.write(write)
        if (lost-- > 0) throw Object.assign(new Error('lost'), { name: 'StoreError', code: 'STORE_OUTCOME_UNKNOWN' })
        return result
      } }),
    })
    lost = 1
    const signed = await stock(world.doctor)
    expect(await accept(world.parts, world.doctor, signed)).toMatchObject([{ id: idOf(signed), state: 'stored' }])
    expect(await world.parts.store.read((view) => view.projection('stock', 'gauze'))).toMatchObject({ value: utf8('1') })
  })

  it('passes on that the store is busy or down', async () => {
    for (const [code, expected] of [['STORE_BUSY', 'BUSY'], ['STORE_UNAVAILABLE', 'UNAVAILABLE'], ['STORE_CLOSED', 'CLOSED']] as const) {
      const world = await createWorld({ store: (store) => ({ ...store, write: async () => { throw Object.assign(new Error(code), { name: 'StoreError', code }) } }) })
      expect(await refused(accept(world.parts, world.doctor, await stock(world.doctor)))).toBe(expected)
    }
  })
})
