import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { authorize, endPermit, isRefusal } from '../../decisions/authorize.ts'
import { asObject } from '../../fhir/read-values.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { isStop, namedAuthors, type WrittenResource } from './check-writing.ts'
import { assertSafe, safetyIssues, type MedicineFrame } from './safety/index.ts'
import { readMedicines } from './safety/read-medicines.ts'
import { ACTING_TYPES, writableTypes, WRITING_RULES } from './writing-rules.ts'

export interface BroughtResources {
  readonly patient: string
  readonly resources: readonly WrittenResource[]
  /** One resource by REST: whoever sends it writes it now, unless it says that it is reported. */
  readonly direct: boolean
}

/**
 * What a person brings in by import or REST is either their own writing or recorded from elsewhere. Own writing obeys the rules of the chart:
 * roles, authors and safety checks. A prescription or order from elsewhere names who made it there, and never somebody of this custodian, for
 * whom only their own key speaks. Systems bring what their source says. Errors: NOT_ALLOWED with `problems` of code `role` or `author`; SAFETY_CHECK.
 */
export async function assertOwnWriting(parts: Parts, actor: Actor, { patient, resources, direct }: BroughtResources): Promise<void> {
  if (actor.kind !== 'person') return
  const judged = resources.map((resource) => ({ resource, parties: namedAuthors(resource).map(({ party }) => party) }))
  const own = judged.filter(({ resource, parties }) => parties.includes(actor.party) || (direct && resource.type in WRITING_RULES && !isReported(resource.value)))
  assertRoles(actor, own.map(({ resource }) => resource), direct)
  const others = judged.filter(({ resource, parties }) => ACTING_TYPES.includes(resource.type) && !isStop(resource) && parties.some((party) => party !== actor.party))
  const guarded = own.map(({ resource }) => resource)
  if (others.length === 0 && guarded.length === 0) return
  const medicines = await parts.store.read(async (view) => {
    await assertNoColleague(view, actor, others)
    return medicinesFor(parts, view, actor, patient, guarded)
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
  assertSafe(await safetyIssues(guarded, medicines))
}

function assertRoles(actor: Actor, own: readonly WrittenResource[], direct: boolean): void {
  const may = writableTypes(actor.roles)
  const problems = own.flatMap(({ path, type }) => (may.includes(type) || (direct && !ACTING_TYPES.includes(type)) ? [] : [{ path, code: 'role', message: `Somebody with your role does not write ${type}. What somebody else made elsewhere says so: reported, or its maker named.` }]))
  if (problems.length > 0) throw new LogicError('NOT_ALLOWED', 'Your role does not write resources of this type.', { details: { problems } })
}

async function assertNoColleague(view: ReadView, actor: Actor, others: readonly { readonly resource: WrittenResource; readonly parties: readonly string[] }[]): Promise<void> {
  const named = [...new Set(others.flatMap(({ parties }) => parties))]
  const colleagues = new Set<string>()
  for (let from = 0; from < named.length; from += 1000) {
    const some = named.slice(from, from + 1000)
    const names = await partyNames(view, some)
    for (const party of some) if (party !== actor.party && names.record(party)?.organisation === actor.organisation) colleagues.add(party)
  }
  const problems = others.flatMap(({ resource: { path }, parties }) => (parties.some((party) => colleagues.has(party))
    ? [{ path, code: 'author', message: 'It names somebody of this hospital as its maker, who has not signed it. They write it themselves.' }] : []))
  if (problems.length > 0) throw new LogicError('NOT_ALLOWED', 'Nobody prescribes or orders in the name of a colleague.', { details: { problems } })
}

/** Of a patient who is not registered yet there is nothing to compare with. */
async function medicinesFor(parts: Parts, view: ReadView, actor: Actor, patient: string, resources: readonly WrittenResource[]): Promise<MedicineFrame> {
  const request = { actor, operation: 'hospital.imports.commit', purpose: 'treatment', patient } as const
  const permit = await authorize(parts, view, request)
  if (isRefusal(permit)) return { allergies: [], prescriptions: [] }
  try {
    return await readMedicines(parts, permit, request, resources)
  } finally {
    endPermit(permit)
  }
}

/** The resource says itself that it is a record of what somebody made elsewhere. */
function isReported(value: unknown): boolean {
  const resource = asObject(value) ?? {}
  return resource['reportedBoolean'] === true || resource['reportedReference'] !== undefined
}
