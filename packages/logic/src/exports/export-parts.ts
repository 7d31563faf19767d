import { randomUUID } from 'node:crypto'
import type { ReadView } from '@careledger/data-spec'
import { scopesReach, type Actor } from '@careledger/identity'
import { concat, fromUtf8, readU64, u64, utf8 } from '@careledger/proof'
import type { Purpose } from '../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isRefusal } from '../decisions/authorize.ts'
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
        const document = `${EXPORT_DOCUMENT}${job}-${randomUUID()}`
        const head = utf8(JSON.stringify(segments))
        const keys = await exportKeys(parts, custodian)
        await parts.documents.put(document, keys.seal(concat(u64(head.length), head, ...chunks), utf8(document)))
        made.push({ type, custodian, document, count })
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
  const opened = await unseal(parts, part)
  if (opened === undefined) throw new LogicError('CORRUPTION', 'A part of an export is missing.')
  const { plain, segments, from } = opened
  const allowed = await parts.store.read(async (view) => {
    const kept: boolean[] = []
    for (const segment of segments) kept.push(await stillAllowed(parts, view, actor, part.type, segment))
    return kept
  }).catch((error: unknown) => { throw toLogicError(error) })
  let at = from
  const lines: Uint8Array[] = []
  for (const [place, { bytes }] of segments.entries()) {
    if (allowed[place] === true) lines.push(plain.subarray(at, at + bytes))
    at += bytes
  }
  return concat(...lines)
}

/** Whether lines of this patient stand in the part; a part that is gone holds none. */
export async function partHolds(parts: Parts, part: ExportPart, patient: string): Promise<boolean> {
  return (await unseal(parts, part))?.segments.some((segment) => segment.patient === patient) ?? false
}

async function unseal(parts: Parts, part: ExportPart): Promise<{ readonly plain: Uint8Array; readonly segments: readonly Segment[]; readonly from: number } | undefined> {
  const sealed = await parts.documents.get(part.document)
  if (sealed === undefined) return undefined
  const plain = (await exportKeys(parts, part.custodian)).open(sealed, utf8(part.document))
  const from = 8 + Number(readU64(plain.subarray(0, 8)))
  return { plain, from, segments: JSON.parse(fromUtf8(plain.subarray(8, from))) as readonly Segment[] }
}

async function stillAllowed(parts: Parts, view: ReadView, actor: Actor, type: string, { patient, purpose, consent }: Segment): Promise<boolean> {
  const permit = await authorize(parts, view, { actor, operation: 'hospital.exports.part', purpose, patient })
  if (isRefusal(permit)) return false
  try {
    const grounds = groundsOf(permit)
    // The token that asks now may be narrower than the one that began the export.
    if (!scopesReach(actor.scopes, { type, action: 'r', self: grounds.rule === 'self' })) return false
    return grounds.rule !== 'consent' || grounds.consents.some(({ id }) => id === consent)
  } finally {
    endPermit(permit)
  }
}

