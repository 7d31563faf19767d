import type { Guard } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { fromUtf8, readJson } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { authorize, endPermit, groundsOf, isRefusal, type Grounds, type Permit } from '../../decisions/authorize.ts'
import { readRow } from '../../entries/rows.ts'
import type { Parts } from '../../parts.ts'
import type { MergeRow } from '../mpi/merge-entries.ts'
import { scanRecords } from '../permitted-records.ts'

/** What a Patient's `link` says of another patient who was said to be the same person. */
export interface PatientLink {
  /** Id of the other Patient. */
  readonly id: string
  readonly type: 'replaced-by' | 'replaces'
}

/** Who asks, by which operation, for what. */
export interface Asked {
  readonly actor: Actor
  readonly operation: string
  readonly purpose: Purpose
}

/**
 * The merges of a patient, with the ids of the others as far as the caller may read them. A link is what the custodian decided about both; who may
 * not read the other sees none.
 */
export async function linksOf(parts: Pick<Parts, 'vaults' | 'now' | 'openedCharts'>, { view, patient }: Grounds, asked: Asked): Promise<{ readonly links: readonly PatientLink[]; readonly guards: readonly Guard[] }> {
  const [above, below] = await Promise.all([view.projection('patient-merge', patient), view.find({ table: 'patient-merge', index: 'patient', equals: patient, limit: 32 })])
  const guards: Guard[] = [{ table: 'patient-merge', key: patient, version: above?.version }, ...below.rows.map(({ key, version }) => ({ table: 'patient-merge', key, version }))]
  const others = [
    ...(above === undefined ? [] : [{ other: (readRow(above) as unknown as MergeRow).into, type: 'replaced-by' as const }]),
    ...below.rows.map(({ key }) => ({ other: key, type: 'replaces' as const })),
  ]
  const links: PatientLink[] = []
  for (const { other, type } of others) {
    const permit = await authorize(parts, view, { ...asked, patient: other })
    if (isRefusal(permit)) continue
    try {
      guards.push(...groundsOf(permit).guards)
      links.push({ id: (await patientId(permit)) ?? other, type })
    } finally {
      endPermit(permit)
    }
  }
  return { links, guards }
}

/** Id of the Patient resource that holds, as far as the permit reaches. */
async function patientId(permit: Permit): Promise<string | undefined> {
  for await (const { record } of scanRecords(permit, { types: ['Patient'] })) if (record !== undefined && record.row.replacedBy === undefined) return record.row.fhirId ?? record.id
  return undefined
}

/**
 * The text of a Patient with further links. They are put in between the author's bytes, which stay as they are: `Patient.link` says what the
 * custodian decided since, and no author wrote it.
 */
export function showLinks(bytes: Uint8Array, links: readonly PatientLink[]): string {
  const node = readJson(bytes)
  if (links.length === 0 || node.kind !== 'object') return fromUtf8(bytes)
  const added = links.map(({ id, type }) => JSON.stringify({ other: { reference: `Patient/${id}` }, type })).join(',')
  const link = node.members.get('link')
  const [end, text] = link?.kind === 'array' ? [link.end, `${link.items.length === 0 ? '' : ','}${added}]`] : [node.end, `${node.members.size === 0 ? '' : ','}"link":[${added}]}`]
  return fromUtf8(bytes.subarray(0, end - 1)) + text + fromUtf8(bytes.subarray(end))
}
