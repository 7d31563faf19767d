import { randomUUID } from 'node:crypto'
import type { ReadView } from '@careledger/data-spec'
import { scopesReach, type Actor } from '@careledger/identity'
import { concat, fromUtf8, readU64, u64, utf8 } from '@careledger/proof'
import type { Purpose } from '../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isConsented, isRefusal } from '../decisions/authorize.ts'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { EXPORT_DOCUMENT, exportKeys, type ExportPart } from './export-rows.ts'

/** Lines of one patient inside a part, and what they rested on. */
interface Segment {
  readonly patient: string
  readonly purpose: Purpose
  readonly consent?: string | undefined
  readonly bytes: number
}

/** Lines that wait to become parts. */
export interface PendingLines {
  add(line: { readonly type: string; readonly custodian: string; readonly patient: string; readonly purpose: Purpose; readonly consent?: string | undefined; readonly bytes: Uint8Array }): void
  /** Bytes that wait. */
  readonly bytes: number
  /** Writes them as documents, sealed; durable when it resolves. */
  flush(parts: Parts, job: string): Promise<readonly ExportPart[]>
}

interface Pile { readonly type: string; readonly custodian: string; readonly segments: Segment[]; readonly chunks: Uint8Array[]; count: number }

export function createPendingLines(): PendingLines {
  const piles = new Map<string, Pile>()
  let waiting = 0
  return {
    add({ type, custodian, bytes, ...segment }) {
      const name = `${custodian}/${type}`
      const pile = piles.get(name) ?? { type, custodian, segments: [], chunks: [], count: 0 }
      piles.set(name, pile)
      const last = pile.segments.at(-1)
      if (last?.patient === segment.patient && last.consent === segment.consent) pile.segments[pile.segments.length - 1] = { ...last, bytes: last.bytes + bytes.length + 1 }
      else pile.segments.push({ ...segment, bytes: bytes.length + 1 })
      pile.chunks.push(bytes, newline)
      pile.count++
      waiting += bytes.length + 1
    },
    get bytes() {
      return waiting
    },
    async flush(parts, job) {
      const made: ExportPart[] = []
      for (const { type, custodian, segments, chunks, count } of piles.values()) {
        made.push({ type, custodian, document: await writePart(parts, job, custodian, segments, chunks), count })
      }
      piles.clear()
      waiting = 0
      return made
    },
  }
}

const newline = Uint8Array.of(0x0a)

/**
 * The lines of a part that the caller may have now: those of a patient who has withdrawn the consent they rested on, or was erased, are left
 * out. Errors: CORRUPTION where the document is missing or does not open.
 */
export async function openPart(parts: Parts, actor: Actor, part: ExportPart): Promise<Uint8Array> {
  const { plain, segments, at: begin } = await readPart(parts, part)
  const allowed = await parts.store.read(async (view) => {
    const kept: boolean[] = []
    for (const segment of segments) kept.push(await stillAllowed(parts, view, actor, part.type, segment))
    return kept
  }).catch((error: unknown) => { throw toLogicError(error) })
  let at = begin
  const lines: Uint8Array[] = []
  for (const [place, { bytes }] of segments.entries()) {
    if (allowed[place] === true) lines.push(plain.subarray(at, at + bytes))
    at += bytes
  }
  return concat(...lines)
}

/** The same part without a patient's lines, as a new document; `undefined`: it holds none of theirs. */
export async function partWithout(parts: Parts, job: string, part: ExportPart, patient: string): Promise<ExportPart | undefined> {
  const { segments, plain, at: begin } = await readPart(parts, part)
  if (!segments.some((segment) => segment.patient === patient)) return undefined
  let at = begin
  let count = part.count
  const lines: Uint8Array[] = []
  for (const { patient: whose, bytes } of segments) {
    const some = plain.subarray(at, at + bytes)
    at += bytes
    if (whose === patient) count -= some.reduce((sum, byte) => sum + Number(byte === 0x0a), 0)
    else lines.push(some)
  }
  return { ...part, count, document: await writePart(parts, job, part.custodian, segments.filter((segment) => segment.patient !== patient), lines) }
}

async function writePart(parts: Parts, job: string, custodian: string, segments: readonly Segment[], lines: readonly Uint8Array[]): Promise<string> {
  const document = `${EXPORT_DOCUMENT}${job}-${randomUUID()}`
  const head = utf8(JSON.stringify(segments))
  await parts.documents.put(document, (await exportKeys(parts, custodian)).seal(concat(u64(head.length), head, ...lines), utf8(document)))
  return document
}

async function readPart(parts: Parts, part: ExportPart): Promise<{ readonly plain: Uint8Array; readonly segments: readonly Segment[]; readonly at: number }> {
  const sealed = await parts.documents.get(part.document)
  if (sealed === undefined) throw new LogicError('CORRUPTION', 'A part of an export is missing.')
  const plain = (await exportKeys(parts, part.custodian)).open(sealed, utf8(part.document))
  const headBytes = Number(readU64(plain.subarray(0, 8)))
  return { plain, segments: JSON.parse(fromUtf8(plain.subarray(8, 8 + headBytes))) as readonly Segment[], at: 8 + headBytes }
}

async function stillAllowed(parts: Parts, view: ReadView, actor: Actor, type: string, { patient, purpose, consent }: Segment): Promise<boolean> {
  const permit = await authorize(parts, view, { actor, operation: 'hospital.exports.part', purpose, patient })
  if (isRefusal(permit)) return false
  try {
    const grounds = groundsOf(permit)
    // The token that asks now may be narrower than the one that began the export.
    if (!scopesReach(actor.scopes, { type, action: 'r', self: grounds.rule === 'self' })) return false
    return !isConsented(grounds) || grounds.consents.some(({ id }) => id === consent)
  } finally {
    endPermit(permit)
  }
}

