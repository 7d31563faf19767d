import { once } from 'node:events'
import { connect } from 'node:net'
import { authorOf } from '@careledger/client'
import { actorOf } from '@careledger/identity'
import { createKeyDirectory, erasePatient, readExportPart, readExportStatus, receiveMessage, startExport, startExportWorker } from '@careledger/logic'
import type { Hl7Interface, Received } from '@careledger/logic'
import { utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'
import { createOperations } from '../operations/index.ts'
import { createMllpListener } from './create-mllp-listener.ts'
import type { MllpListener } from './create-mllp-listener.ts'

let instance: TestInstance
let listener: MllpListener
let port = 0
const interfaces = new Map<string, Hl7Interface>()
const received: Received[] = []
let failWith: unknown
beforeAll(async () => {
  instance = await startInstance({ operations: createOperations({ interfaces }) })
  const { signer } = instance.keyOf('system-a')
  const actor = actorOf(signer.key, await createKeyDirectory(instance.parts.store).standing({ key: signer.key }), new Date())
  const system: Hl7Interface = { actor, signer, offset: '+09:00' }
  interfaces.set('hospital-a', system)
  listener = createMllpListener({
    receive: async (bytes) => {
      const parts = failWith === undefined ? instance.parts : { ...instance.parts, store: { ...instance.parts.store, read: () => Promise.reject(failWith) } }
      const one = await receiveMessage(parts, system, bytes)
      received.push(one)
      return one
    },
  })
  port = (await listener.listen()).port
})
afterAll(async () => {
  await listener.stop()
  await instance.stop()
})

/** Sends frames over one connection, cut into pieces of `size` bytes, and gives the acknowledgements: code and reason. */
async function exchange(messages: readonly (string | Buffer)[], size = 1 << 20): Promise<string[]> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const bytes = Buffer.concat(messages.map((message) => Buffer.concat([Buffer.of(0x0b), Buffer.from(message), Buffer.of(0x1c, 0x0d)])))
  let answer = ''
  const whole = new Promise<void>((resolve) => {
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
      if (answer.split('\x1c\r').length - 1 === messages.length) resolve()
    })
  })
  for (let at = 0; at < bytes.length; at += size) socket.write(bytes.subarray(at, at + size))
  await whole
  socket.destroy()
  return answer.split('\x1c\r').filter((one) => one !== '').map((one) => /\rMSA\|([^\r]*)/.exec(one)?.[1] ?? '')
}

let counter = 0
interface Adt { readonly trigger: string; readonly number: string; readonly visit?: string; readonly control?: string; readonly name?: string; readonly place?: string; readonly charset?: string; readonly pv1?: string; readonly at?: string }
function adt({ trigger, number, visit = `V-${number}`, control = `C${++counter}`, name = 'Hong^Gil-dong', place = 'W3^301^1', charset = 'UNICODE UTF-8', at = '20261120101500', pv1 = `PV1|1|I|${place}|||||||||||||||||${''}`.replace(/\|+$/, '') + '|'.repeat(16) + visit }: Adt): string {
  return [`MSH|^~\\&|HIS|SEOUL|CL|A|${at}||ADT^${trigger}^ADT_A01|${control}|P|2.5.1||||||${charset}`, `EVN|${trigger}|${at}`, `PID|1||${number}^^^HIS&1.2.410.1&ISO^MR||${name}||19650714|F|||1 Main^^Seoul^^04524^KR||+82 2 123 4567`, ...(pv1 === '' ? [] : [pv1])].join('\r')
}

const merge = (into: string, from: string, control: string, name = 'Hong^Gil-dong'): string => `${adt({ trigger: 'A40', number: into, control, name, pv1: '' })}\rMRG|${from}^^^HIS&1.2.410.1&ISO^MR`

async function chart(number: string) {
  const doctor = await instance.as('doctor-a')
  const { items: [found] } = await doctor.hospital.patients.find.query({ identifier: { system: 'urn:oid:1.2.410.1', value: number } })
  if (found === undefined) return undefined
  const { items } = await doctor.hospital.records.list.query({ patient: found.patient, limit: 100 })
  const current = items.filter(({ replacedBy }) => replacedBy === undefined)
  const read = async (type: string) => {
    const item = current.find((one) => one.type === type)
    return item === undefined ? undefined : (JSON.parse(Buffer.from((await doctor.hospital.records.read.query({ id: item.id })).opening.payload, 'base64url').toString()) as Record<string, unknown>)
  }
  return { banner: found, entries: items.length, current: current.length, authors: [...new Set(items.map(({ author }) => author.party))], encounter: await read('Encounter'), patient: await read('Patient') }
}

describe('HL7 v2 ADT over MLLP', () => {
  it('carries a stay from admission to discharge, signed by the interface, whole messages in pieces or together', async () => {
    const stay = [adt({ trigger: 'A01', number: 'N-1' }), adt({ trigger: 'A02', number: 'N-1', place: 'ICU^1^2', at: '20261121080000' }), adt({ trigger: 'A03', number: 'N-1', place: 'ICU^1^2', at: '20261124120000+0900' })]
    expect(await exchange(stay, 7)).toEqual(['AA|C1', 'AA|C2', 'AA|C3'])
    const after = await chart('N-1')
    expect(after).toMatchObject({ current: 2, authors: ['system-a'], banner: { birthDate: '1965-07-14', gender: 'female' } })
    expect(after?.encounter).toMatchObject({
      status: 'finished', class: { code: 'IMP' }, period: { start: '2026-11-20T10:15:00+09:00', end: '2026-11-24T12:00:00+09:00' },
      location: [{ location: { display: 'W3 · 301 · 1' }, status: 'completed' }, { location: { display: 'ICU · 1 · 2' }, status: 'completed' }],
    })
    expect(await exchange([adt({ trigger: 'A13', number: 'N-1', place: 'ICU^1^2' }), adt({ trigger: 'A11', number: 'N-1', place: 'ICU^1^2' })])).toEqual(['AA|C4', 'AA|C5'])
    expect((await chart('N-1'))?.encounter).toMatchObject({ status: 'cancelled' })
  })

  it('registers and updates without a visit: empty leaves, "" removes', async () => {
    expect(await exchange([adt({ trigger: 'A28', number: 'N-2', pv1: '' }), adt({ trigger: 'A31', number: 'N-2', pv1: '', name: '' }).replace('+82 2 123 4567', '""')])).toEqual(['AA|C6', 'AA|C7'])
    const after = await chart('N-2')
    expect(after?.patient).toMatchObject({ name: [{ family: 'Hong', given: ['Gil-dong'] }] })
    expect(after?.patient).not.toHaveProperty('telecom')
  })

  it('is one message however often it comes, also after later ones', async () => {
    const first = adt({ trigger: 'A01', number: 'N-3', control: 'REPEAT' })
    expect(await exchange([first, first, adt({ trigger: 'A03', number: 'N-3', control: 'AFTER' }), first])).toEqual(['AA|REPEAT', 'AA|REPEAT', 'AA|AFTER', 'AA|REPEAT'])
    expect(await chart('N-3')).toMatchObject({ entries: 3, encounter: { status: 'finished' } })
    expect(received.slice(-4).map(({ outcome }) => outcome)).toEqual(['applied', 'duplicate', 'applied', 'duplicate'])
  })

  it('reads the character set that it names, and parks what is not in it', async () => {
    const korean = Buffer.from(adt({ trigger: 'A28', number: 'N-4', control: 'KO', charset: 'KS X 1001', name: 'K^R', pv1: '' }).split('K^R')[0]!)
    const message = Buffer.concat([korean, Buffer.from([0xc8, 0xab, 0x5e, 0xb1, 0xe6, 0xb5, 0xbf]), Buffer.from(adt({ trigger: 'A28', number: 'N-4', control: 'KO', charset: 'KS X 1001', name: 'K^R', pv1: '' }).split('K^R')[1]!)])
    expect(await exchange([message])).toEqual(['AA|KO'])
    expect((await chart('N-4'))?.patient).toMatchObject({ name: [{ family: '홍', given: ['길동'] }] })
    expect(await exchange([Buffer.concat([Buffer.from(adt({ trigger: 'A28', number: 'N-5', control: 'BAD', pv1: '' })), Buffer.of(0xff)])])).toEqual(['AE|BAD|unreadable'])
  })

  it('parks what it cannot follow, keeps the order of a patient behind it, and follows all when it is mended', async () => {
    expect(await exchange([adt({ trigger: 'A11', number: 'N-6', control: 'P1' }), adt({ trigger: 'A01', number: 'N-6', control: 'P2' }), adt({ trigger: 'A03', number: 'N-6', control: 'P3' }), adt({ trigger: 'A01', number: 'N-7', control: 'P4' }), adt({ trigger: 'A01', number: 'N-6', control: 'P2' })]))
      .toEqual(['AE|P1|visit-unknown', 'AE|P2|order', 'AE|P3|order', 'AA|P4', 'AE|P2|parked before'])
    const clerk = await instance.as('clerk-a')
    const mine = async () => (await clerk.hospital.messages.list.query({})).items.filter(({ controlId }) => controlId.startsWith('P'))
    const [first, second, third] = await mine()
    expect([first, second, third].map((item) => [item?.controlId, item?.reason, item?.trigger])).toEqual([['P1', 'visit-unknown', 'A11'], ['P2', 'order', 'A01'], ['P3', 'order', 'A03']])
    await expect(clerk.hospital.messages.replay.mutate({ id: second!.id })).rejects.toMatchObject({ code: 'STALE' })
    expect(await clerk.hospital.messages.replay.mutate({ id: first!.id })).toEqual({ followed: 0, stoppedBy: 'visit-unknown' })
    await clerk.hospital.messages.setAside.mutate({ id: first!.id })
    expect(await clerk.hospital.messages.replay.mutate({ id: second!.id })).toEqual({ followed: 2 })
    expect([await mine(), (await chart('N-6'))?.encounter]).toEqual([[], expect.objectContaining({ status: 'finished' })])
    expect(await exchange([adt({ trigger: 'A01', number: 'N-6', control: 'P2' })])).toEqual(['AA|P2'])
  })

  it('shows a parked message to people of the custodian, what it is to the operator, and neither to anybody else', async () => {
    await exchange([merge('N-8', 'N-nobody', 'MERGE', 'Quillfeather^Q')])
    const [clerk, operator, outsider] = [await instance.as('clerk-a'), await instance.as('operator'), await instance.as('doctor-b')]
    const item = (await operator.hospital.messages.list.query({})).items.find(({ controlId }) => controlId === 'MERGE')
    expect(item).toMatchObject({ reason: 'patient-unknown', custodian: 'hospital-a' })
    expect(Buffer.from((await clerk.hospital.messages.read.query({ id: item!.id })).bytes, 'base64url').toString()).toContain('Quillfeather')
    for (const client of [operator, outsider]) await expect(client.hospital.messages.read.query({ id: item!.id })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    expect((await outsider.hospital.messages.list.query({})).items).toEqual([])
    const stored = await instance.parts.store.read((view) => view.projection('hl7-parked', item!.id))
    expect(Buffer.from(stored!.value).toString('latin1')).not.toContain('Quillfeather')
    expect(instance.lines.join('\n')).not.toMatch(/Quillfeather|Gil-dong/)
  })

  it('merges two patients by an entry that a clerk can see and undo, once', async () => {
    await exchange([adt({ trigger: 'A28', number: 'N-10', pv1: '' }), adt({ trigger: 'A28', number: 'N-11', pv1: '' })])
    const message = merge('N-10', 'N-11', 'M40')
    expect(await exchange([message, message])).toEqual(['AA|M40', 'AA|M40'])
    const [into, from] = [(await chart('N-10'))?.banner.patient, (await chart('N-11'))?.banner.patient]
    const { items } = await (await instance.as('clerk-a')).hospital.mpi.decisions.query({})
    expect(items).toMatchObject([{ kind: 'merged', patient: into, other: from }])
    // The same under another number changes nothing; the other way round somebody has to look.
    expect(await exchange([merge('N-10', 'N-11', 'M41'), merge('N-11', 'N-10', 'M42')])).toEqual(['AA|M41', 'AE|M42|two-patients'])
  })

  it('erases with a patient what of theirs waits or lies ready: parked messages, also unreadable ones, and lines of exports', async () => {
    await exchange([adt({ trigger: 'A28', number: 'N-200001', pv1: '' }), adt({ trigger: 'A28', number: 'N-200002', pv1: '' })])
    const parked = [adt({ trigger: 'A13', number: 'N-200001', visit: 'V-none', control: 'E1' }), adt({ trigger: 'A28', number: 'N-200001', control: 'E2', charset: 'KLINGON' }), merge('N-200002', 'N-200001', 'E3'), adt({ trigger: 'A13', number: 'N-200002', visit: 'V-none', control: 'E4' })]
    expect(await exchange([parked[0]!, parked[1]!, parked[3]!, parked[2]!])).toEqual(['AE|E1|visit-unknown', 'AE|E2|charset', 'AE|E4|visit-unknown', 'AE|E3|order'])
    const clerk = await instance.as('clerk-a')
    const { parts } = instance
    const exported = await startExport(parts, clerk.actor as never, { scope: 'custodian', url: 'https://nowhere.example/$export' })
    const worker = startExportWorker(parts, { onProblem: (error) => { throw error } })
    await expect.poll(async () => (await readExportStatus(parts, clerk.actor as never, exported)).state, { timeout: 20_000, interval: 20 }).toBe('done')
    await worker.stop()
    const keys = await parts.vaults.get('hospital-a')!.organisation()
    const lines = async () => Promise.all((await parts.documents.list({ limit: 1000 })).filter((id) => id.startsWith('export-')).map(async (id) => Buffer.from(keys.open((await parts.documents.get(id))!, utf8(id))).toString()))
    expect((await lines()).join('')).toContain('N-200001')

    const patient = (await chart('N-200001'))?.banner.patient ?? ''
    const { subject } = await clerk.hospital.imports.prepare.mutate({ identifiers: [{ system: 'urn:oid:1.2.410.1', value: 'N-200001' }] })
    expect(await erasePatient(parts, { custodian: 'hospital-a', patient, subjects: [subject], signer: instance.keyOf('clerk-a').signer, author: authorOf(clerk.actor!) })).toMatchObject({ outcome: 'erased' })
    const waiting = (await clerk.hospital.messages.list.query({ limit: 100 })).items.map(({ controlId }) => controlId)
    expect([waiting.includes('E1'), waiting.includes('E2'), waiting.includes('E3'), waiting.includes('E4')]).toEqual([false, false, false, true])
    // A repeat is no new message about them.
    expect(await exchange([parked[0]!])).toEqual(['AE|E1|parked before'])
    const left = (await lines()).join('')
    expect([left.includes('N-200001'), left.includes('N-200002')]).toEqual([false, true])
    const status = await readExportStatus(parts, clerk.actor as never, exported)
    const ndjson = Buffer.from(await readExportPart(parts, clerk.actor as never, { id: exported, type: 'Patient', part: 0 })).toString()
    expect(ndjson.trim().split('\n')).toHaveLength(status.files.find(({ type }) => type === 'Patient')!.count)
  })

  it('erases with a patient parked messages that name them and give no number, and leaves those of namesakes and of others', async () => {
    const bare = (control: string, name: string, born: string, number = '') => adt({ trigger: 'A28', number: 'N-300000', control, name, pv1: '' }).replace(/PID\|.*/, `PID|1||${number}||${name}||${born}|F`)
    await exchange([adt({ trigger: 'A28', number: 'N-300001', name: 'Marigoldsson^Ottilie', pv1: '' }), adt({ trigger: 'A28', number: 'N-300002', name: 'Marigoldsson^Ottilie', pv1: '' })])
    const clerk = await instance.as('clerk-a')
    const place = await clerk.hospital.imports.prepare.mutate({ identifiers: [{ system: 'urn:oid:1.2.410.1', value: 'N-300001' }] })
    const born = String((await chart('N-300001'))?.patient?.birthDate ?? '').replaceAll('-', '')
    const messages = [bare('F1', 'Marigoldsson^Ottilie', ''), bare('F2', 'MARIGOLDSSON^OTTILIE', born), bare('F3', 'Marigoldsson^Ottilie', '19010101'), bare('F4', 'Somebody^Else', born), adt({ trigger: 'A28', number: 'N-300009', control: 'F5', charset: 'KLINGON', name: 'Marigoldsson^Ottilie' }), adt({ trigger: 'A13', number: 'N-300002', visit: 'V-none', control: 'F6', name: 'Marigoldsson^Ottilie' })]
    expect(await exchange(messages)).toEqual(['AE|F1|patient', 'AE|F2|patient', 'AE|F3|patient', 'AE|F4|patient', 'AE|F5|charset', 'AE|F6|visit-unknown'])
    await erasePatient(instance.parts, { custodian: 'hospital-a', patient: place.patient, subjects: [place.subject], signer: instance.keyOf('clerk-a').signer, author: authorOf(clerk.actor!) })
    const left = (await clerk.hospital.messages.list.query({ limit: 100 })).items.map(({ controlId }) => controlId).filter((id) => id.startsWith('F'))
    expect(left).toEqual(['F3', 'F4', 'F6'])
  })

  it('takes nothing it cannot make durable, and rejects what is no ADT', async () => {
    expect(await exchange(['MSH|^~\\&|HIS|SEOUL|CL|A|2026||ORU^R01|X1|P|2.5.1', adt({ trigger: 'A05', number: 'N-9', control: 'X2' }), 'nonsense'])).toEqual(['AR|X1|type', 'AR|X2|trigger', 'AR|0|unreadable'])
    failWith = Object.assign(new Error('down'), { name: 'StoreError', code: 'STORE_UNAVAILABLE' })
    expect(await exchange([adt({ trigger: 'A01', number: 'N-9', control: 'X3' })])).toEqual(['AR|X3|unavailable'])
    failWith = undefined
    expect([await exchange([adt({ trigger: 'A01', number: 'N-9', control: 'X3' })]), (await chart('N-9'))?.current]).toEqual([['AA|X3'], 2])
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await once(socket, 'close')
  })
})
