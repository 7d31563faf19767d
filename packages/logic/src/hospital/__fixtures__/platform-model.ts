import type { HospitalWorld, Member } from './hospital-world.ts'

export type PersonName = keyof HospitalWorld['people']
export type PatientName = 'ada' | 'bob'

/** One record as its author wrote it. */
export interface ModelRecord { readonly id: string; readonly type: string; readonly bytes: Uint8Array }
export interface ModelConsent { readonly id: string; readonly grantee: 'hospital-b' | 'doctor-b'; readonly types: readonly string[] | undefined; readonly expires: number; withdrawn: boolean }

/** What the platform is, without everything that makes it work: who was promised what. */
export interface PlatformModel {
  readonly patients: Readonly<Record<PatientName, {
    readonly records: ModelRecord[]
    readonly consents: ModelConsent[]
    /** By whom the glass was broken, until when. */
    readonly emergencies: { readonly by: PersonName; readonly until: number }[]
  }>>
  readonly revoked: Set<PersonName>
  now: number
}

export function newModel(now: Date): PlatformModel {
  const patient = () => ({ records: [], consents: [], emergencies: [] })
  return { patients: { ada: patient(), bob: patient() }, revoked: new Set(), now: now.getTime() }
}

/** Records that somebody may read for treatment: the rule of docs/consent-receipt.md and docs/emergency.md, in a few lines. `undefined`: nothing, not even that there are none. */
export function readable(model: PlatformModel, who: PersonName, patient: PatientName): readonly ModelRecord[] | undefined {
  const { records, consents, emergencies } = model.patients[patient]
  if (who === patient || who === 'doctorA' || who === 'clerkA') return records
  const names: Partial<Record<PersonName, readonly string[]>> = { doctorB: ['hospital-b', 'doctor-b'], doctorB2: ['hospital-b'] }
  const open = emergencies.some(({ by, until }) => by === who && model.now < until)
  const given = consents.filter(({ grantee, expires, withdrawn }) => !withdrawn && model.now < expires && (names[who] ?? []).includes(grantee))
  if (!open && given.length === 0) return undefined
  return records.filter(({ type }) => open || given.some(({ types }) => types === undefined || types.includes(type)))
}

export function memberOf(world: HospitalWorld, who: PersonName): Member {
  return world.people[who]
}
