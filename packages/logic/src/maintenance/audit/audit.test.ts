import type { InMemoryDatabase } from '@careledger/data-in-memory'
import { LedgerError, type Ledger } from '@careledger/ledger-spec'
import { newEntryId, utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { createFilledWorld, type FilledWorld as Filled } from '../../__fixtures__/filled-world.ts'
import { createWorld } from '../../__fixtures__/world.ts'
import { audit } from './audit.ts'
import type { Finding } from './findings.ts'

type Tamper = (world: Filled) => void | Promise<void>
const brief = (finding: Finding): string => `${finding.what} ${finding.kind} ${finding.id}`

/** Changes one row of a map behind the store's back. */
function change<V>(database: InMemoryDatabase, map: { get(key: string): V | undefined; set(key: string, value: V | undefined): void }, key: string, to: (value: V) => V | undefined): void {
  const value = map.get(key)
  if (value === undefined) throw new Error(`There is no row ${key}.`)
  map.set(key, to(value))
  database.clock.finish()
}
const flip = (bytes: Uint8Array, at = 0): Uint8Array => bytes.map((byte, place) => (place === (at < 0 ? bytes.length + at : at) ? byte ^ 1 : byte))
const origin = 'careledger.test/log/0'
const padded = (value: number): string => String(value).padStart(16, '0')

describe('audit', () => {
  it('finds nothing in a store that nobody touched', async () => {
    const world = await createFilledWorld()
    const report = await audit(world.parts)
    expect(report.findings).toEqual([])
    expect(report).toMatchObject({ ok: true, decisionsUncovered: 0, erased: 0, unchecked: [], checked: { leaves: 312, entries: 312, decisions: 5, documents: 1 } })
  })

  const entry = (id: (world: Filled) => string, part: 'canonical' | 'signature' | 'entryHash' | 'signatureHash' | 'commitment', at = 5): Tamper => (world) =>
    change(world.database, world.database.entries, id(world), (row) => ({ ...row, entry: { ...row.entry, [part]: flip(row.entry[part] as Uint8Array, at) } }))
  const first = (world: Filled): string => world.notes[0]!
  const cases: readonly (readonly [string, Tamper, (world: Filled) => readonly string[]])[] = [
    ['a byte of an entry', entry(first, 'canonical', -30), (w) => [`altered entry ${first(w)}`]],
    ['a byte of a signature', entry(first, 'signature', 200), (w) => [`altered entry ${first(w)}`]],
    ['a byte of an entry hash', entry(first, 'entryHash'), (w) => [`altered entry ${first(w)}`]],
    ['a byte of a signature hash', entry(first, 'signatureHash'), (w) => [`altered entry ${first(w)}`]],
    ['a byte of a commitment', entry(first, 'commitment'), (w) => [`altered entry ${first(w)}`]],
    ['an entry taken away', (w) => change(w.database, w.database.entries, first(w), () => undefined), (w) => [`removed entry ${first(w)}`]],
    ['two entries exchanged', (w) => {
      const [a, b] = [w.database.entries.get(w.notes[0]!)!, w.database.entries.get(w.notes[1]!)!]
      w.database.entries.set(w.notes[0]!, { ...a, entry: { ...a.entry, canonical: b.entry.canonical } })
      w.database.entries.set(w.notes[1]!, { ...b, entry: { ...b.entry, canonical: a.entry.canonical } })
      w.database.clock.finish()
    }, (w) => [`swapped entry ${w.notes[0]}`, `swapped entry ${w.notes[1]}`]],
    ['an entry forged', async (w) => {
      const row = w.database.entries.get(first(w))!
      const id = newEntryId()
      w.database.entries.set(id, { arrival: 100_000, entry: { ...row.entry, id } })
      w.database.waiting.set(padded(100_000), id)
      w.database.clock.finish()
    }, () => [expect.stringMatching(/^altered entry /) as unknown as string]],
    ['a byte of a wrapped key', (w) => change(w.database, w.database.entries, first(w), (row) => ({ ...row, entry: { ...row.entry, sealed: flip(row.entry.sealed!, 20) } })), (w) => [`altered sealed ${first(w)}`]],
    ['a byte of a sealed payload', (w) => change(w.database, w.database.entries, first(w), (row) => ({ ...row, entry: { ...row.entry, sealed: flip(row.entry.sealed!, -1) } })), (w) => [`altered sealed ${first(w)}`]],
    ['a sealed payload taken away', (w) => change(w.database, w.database.entries, first(w), (row) => ({ ...row, entry: { ...row.entry, sealed: undefined } })), (w) => [`removed sealed ${first(w)}`]],
    ['two sealed payloads exchanged', (w) => {
      const [a, b] = [w.database.entries.get(w.notes[0]!)!, w.database.entries.get(w.notes[1]!)!]
      w.database.entries.set(w.notes[0]!, { ...a, entry: { ...a.entry, sealed: b.entry.sealed } })
      w.database.entries.set(w.notes[1]!, { ...b, entry: { ...b.entry, sealed: a.entry.sealed } })
      w.database.clock.finish()
    }, (w) => [`swapped sealed ${w.notes[0]}`, `swapped sealed ${w.notes[1]}`]],
    ['a byte of a document', (w) => { const [id, bytes] = [...w.documents][0]!; w.documents.set(id, flip(bytes, 1000)) }, (w) => [`altered document ${w.large}`]],
    ['a document taken away', (w) => void w.documents.clear(), (w) => [`removed document ${w.large}`]],
    ['a document added', (w) => void w.documents.set('stray', new Uint8Array(3)), () => ['added document stray']],
    ['a byte of a leaf', (w) => change(w.database, w.database.leaves, `${origin}\0${padded(9)}`, (leaf) => ({ ...leaf, leafInput: flip(leaf.leafInput) })), () => ['altered leaf 9']],
    ['a leaf taken away', (w) => {
      w.database.leafOfEntry.set(w.database.leaves.get(`${origin}\0${padded(9)}`)!.id, undefined)
      change(w.database, w.database.leaves, `${origin}\0${padded(9)}`, () => undefined)
    }, () => ['removed leaf 9']],
    ['two leaves exchanged', (w) => {
      const [a, b] = [w.database.leaves.get(`${origin}\0${padded(20)}`)!, w.database.leaves.get(`${origin}\0${padded(21)}`)!]
      w.database.leaves.set(`${origin}\0${padded(20)}`, { ...a, leafInput: b.leafInput })
      w.database.leaves.set(`${origin}\0${padded(21)}`, { ...b, leafInput: a.leafInput })
      w.database.clock.finish()
    }, () => ['swapped leaf 20', 'swapped leaf 21']],
    ['a byte of a full tile', (w) => change(w.database, w.database.tiles, `${origin}\0tile/0/000`, (bytes) => flip(bytes, 320)), () => ['altered tile tile/0/000']],
    ['a byte of a partial tile', (w) => change(w.database, w.database.tiles, `${origin}\0partial/0`, (bytes) => flip(bytes, 33)), () => ['altered tile partial/0']],
    ['a tile taken away', (w) => change(w.database, w.database.tiles, `${origin}\0tile/0/000`, () => undefined), () => ['removed tile tile/0/000']],
    ['a tile added', (w) => { w.database.tiles.set(`${origin}\0tile/0/007`, new Uint8Array(8192)); w.database.clock.finish() }, () => ['added tile tile/0/007']],
    ['a byte of the frontier', (w) => change(w.database, w.database.trees, origin, (tree) => ({ ...tree, frontier: tree.frontier.map((hash, place) => (place === 0 ? flip(hash) : hash)) })), () => ['altered tile frontier']],
    ['a byte of a checkpoint', (w) => change(w.database, w.database.checkpoints, `${origin}\0${padded(312)}`, (row) => ({ ...row, note: row.note.replace('\n312\n', '\n311\n') })), () => ['altered checkpoint 312']],
    ['a cosignature', (w) => change(w.database, w.database.checkpoints, `${origin}\0${padded(312)}`, (row) => ({ ...row, note: row.note.replace(/(witness\.test .{20})(.)/, (_, head: string, letter: string) => `${head}${letter === 'A' ? 'B' : 'A'}`) })), () => ['altered checkpoint 312']],
    ['a checkpoint taken away', (w) => change(w.database, w.database.checkpoints, `${origin}\0${padded(312)}`, () => undefined), () => ['removed checkpoint 312']],
    ['a plain row', (w) => change(w.database, w.database.projections, 'stock\0item 1', (row) => ({ ...row, value: utf8('1') })), () => [expect.stringMatching(/^(altered|rolled-back) projection stock\/item 1$/) as unknown as string]],
    ['a plain row to a former value', (w) => change(w.database, w.database.projections, 'stock\0item 1', (row) => ({ ...row, value: utf8('42') })), () => ['rolled-back projection stock/item 1']],
    ['a plain row to a value it never had', (w) => change(w.database, w.database.projections, 'stock\0item 1', (row) => ({ ...row, value: utf8('4711') })), () => ['altered projection stock/item 1']],
    ['the index of a row', (w) => change(w.database, w.database.projections, `note\0${w.notes[0]}`, (row) => ({ ...row, indexes: { patient: 'x' } })), (w) => [`altered projection note/${first(w)}`]],
    ['a byte of a sealed row', (w) => change(w.database, w.database.projections, `note\0${w.notes[0]}`, (row) => ({ ...row, value: flip(row.value, -1) })), (w) => [`altered projection note/${first(w)}`]],
    ['a row taken away', (w) => change(w.database, w.database.projections, `note\0${w.notes[0]}`, () => undefined), (w) => [`removed projection note/${first(w)}`]],
    ['a row added', async (w) => { await w.parts.store.write({ projections: [{ table: 'stock', key: 'stray', next: utf8('1') }] }) }, () => ['added projection stock/stray']],
    ['two sealed rows exchanged', (w) => {
      const [a, b] = [w.database.projections.get(`note\0${w.notes[0]}`)!, w.database.projections.get(`note\0${w.notes[1]}`)!]
      w.database.projections.set(`note\0${w.notes[0]}`, { ...a, value: b.value })
      w.database.projections.set(`note\0${w.notes[1]}`, { ...b, value: a.value })
      w.database.clock.finish()
    }, (w) => [`swapped projection note/${w.notes[0]}`, `swapped projection note/${w.notes[1]}`]],
    ['a byte of a decision', (w) => change(w.database, w.database.decisions, w.decisions[2]!, (row) => ({ ...row, bytes: flip(row.bytes) })), (w) => [`altered decision ${w.decisions[2]}`]],
    ['a decision taken away', (w) => change(w.database, w.database.decisions, w.decisions[2]!, () => undefined), () => [expect.stringMatching(/^removed decision .*#2$/) as unknown as string]],
    ['a decision added', (w) => { const id = `${w.decisions[2]!.slice(0, -1)}${w.decisions[2]!.endsWith('f') ? 'e' : 'f'}`; w.database.decisions.set(id, { id, bytes: utf8('x') }); w.database.clock.finish() }, () => [expect.stringMatching(/^added decision /) as unknown as string]],
    ['two decisions exchanged', (w) => {
      const [a, b] = [w.database.decisions.get(w.decisions[1]!)!, w.database.decisions.get(w.decisions[3]!)!]
      w.database.decisions.set(a.id, { ...a, bytes: b.bytes })
      w.database.decisions.set(b.id, { ...b, bytes: a.bytes })
      w.database.clock.finish()
    }, (w) => [`swapped decision ${w.decisions[1]}`, `swapped decision ${w.decisions[3]}`]],
    ['a digest in the outbox', (w) => change(w.database, w.database.outbox, `${w.notes[0]}\0memory`, (placed) => ({ ...placed, row: { ...placed.row, digest: `${placed.row.digest.startsWith('f') ? 'e' : 'f'}${placed.row.digest.slice(1)}`, state: 'waiting' as const } })), (w) => [`altered outbox memory/${first(w)}`]],
    ['an outbox row taken away', (w) => {
      const placed = w.database.outbox.get(`${w.notes[0]}\0memory`)!
      w.database.outbox.set(`${w.notes[0]}\0memory`, undefined)
      w.database.outboxByPosition.set(padded(placed.position), undefined)
      w.database.clock.finish()
    }, (w) => [`removed outbox memory/${first(w)}`]],
    ['where networks are written, taken away', (w) => change(w.database, w.database.projections, 'routes\0routes', () => undefined), () => ['removed projection routes/routes']],
    ['which ledger networks are written to', (w) => change(w.database, w.database.projections, 'routes\0routes', (row) => ({ ...row, value: utf8('{"networks":{"ward":[{"target":"memory","way":"indexed","from":0}]},"ledgers":{"memory":{"ledgerId":"other","kind":"other"}}}') })), () => ['altered projection routes/routes']],
    ['what is said of the ledger, taken away', (w) => change(w.database, w.database.projections, 'anchored\0memory', () => undefined), () => ['removed projection anchored/memory']],
    ['what is said of the ledger, set back', (w) => change(w.database, w.database.projections, 'anchored\0memory', (row) => ({ ...row, value: utf8('{"size":4}') })), () => ['rolled-back projection anchored/memory']],
    ['what is said of the ledger', async (w) => { await w.parts.store.write({ projections: [{ table: 'anchored', key: 'memory', expected: (await w.parts.store.read((v) => v.projection('anchored', 'memory')))!.version, next: utf8('{"size":99999}') }] }) }, () => ['altered projection anchored/memory']],
  ]
  it.each(cases)('names %s', async (_title, tamper, expected) => {
    const world = await createFilledWorld()
    await tamper(world)
    const report = await audit(world.parts)
    expect(report.ok).toBe(false)
    const found = report.findings.map(brief)
    expect(found.slice(0, expected(world).length)).toEqual(expected(world))
    expect(found).toHaveLength(expected(world).length)
  })

  it('names a record that the ledger holds otherwise or no longer, a ledger that contradicts itself, and one that did not answer', async () => {
    const world = await createFilledWorld()
    const [first, second] = world.notes.map((id) => world.database.outbox.get(`${id}\0memory`)!.row.recordId)
    const { ledger } = world
    const onLedger = (changed: Partial<Ledger>) => audit({ ...world.parts, targets: world.parts.targets.map((target) => ({ ...target, ledger: { ...ledger, ...changed } })) })
    const lying = await onLedger({ getMany: async (stream, ids) => (await ledger.getMany(stream, ids)).map((record) => (record?.id === first ? undefined : record !== undefined && record.id === second ? { ...record, digest: 'ab'.repeat(32) } : record)) })
    expect(lying.findings.map(brief).sort()).toEqual([`altered ledger memory/${world.notes[1]}`, `removed ledger memory/${world.notes[0]}`])
    const broken = await onLedger({ getMany: async () => { throw new LedgerError('LEDGER_CORRUPTION', 'no', { details: { height: 7 } }) } })
    expect(broken.findings.map(brief)).toEqual(['altered ledger memory/7'])
    const down = await onLedger({ getMany: async () => { throw new LedgerError('LEDGER_UNAVAILABLE', 'no') } })
    expect(down).toMatchObject({ ok: true, unchecked: ['memory: LEDGER_UNAVAILABLE'] })
  })

  it('names a store that was rolled back below what the ledger holds', async () => {
    const world = await createFilledWorld()
    const old = await createWorld()
    const report = await audit({ ...old.parts, log: world.parts.log, targets: world.parts.targets })
    expect(report.findings.map(({ what, kind }) => `${what} ${kind}`)).toContain('rolled-back checkpoint')
  })
})
