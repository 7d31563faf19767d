import type { Guard } from '@careledger/data-spec'
import { fromUtf8 } from '@careledger/proof'
import { groundsOf, type Grounds, type Permit } from '../../decisions/authorize.ts'
import type { DecisionRecord } from '../../decisions/decision-record.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { asObject, type Json } from '../../fhir/read-values.ts'
import type { SearchParameter } from '../../fhir/search/search-parameters.ts'
import { openResources, permittedRecord, permittedRecords, type PermittedRecord, type PermittedResource } from '../permitted-records.ts'
import { readPatientRow } from '../read-banner.ts'
import { remembered } from '../remembered.ts'
import { recordAddressField } from '../tables.ts'
import { addressOf, referenceParts, type Address, type ReferenceParts } from './addresses.ts'
import { CONSENT, consentRecords } from './consent-records.ts'
import type { AddressedRecord, OpenedRecord } from './addressed-record.ts'
import { conditionsOf } from './conditional-references.ts'
import { linksOf, type Asked, type PatientLink } from './patient-links.ts'
import type { Person } from './people.ts'

/** Opened at once. */
const openedAtOnce = 200

/** What a permit reaches of one patient's records, read as far as it is asked for and each row once. Lives as long as its permit. */
export class PatientRecords {
  readonly #parts: Parts
  readonly #permit: Permit
  readonly grounds: Grounds
  readonly #byType = new Map<string, Promise<readonly AddressedRecord[]>>()
  readonly #opened = new Map<string, OpenedRecord>()
  /** Of records with conditional references that were followed: where those lead. */
  readonly #led = new Map<string, ReadonlyMap<string, string>>()
  #every: Promise<readonly AddressedRecord[]> | undefined
  readonly #toPatient = new Map<SearchParameter, Promise<(found: ReferenceParts) => boolean>>()
  #patientIds: Promise<ReadonlySet<string>> | undefined
  readonly #asked: Asked
  /** Whom the patient was said to be, as far as others of that person have been read. */
  readonly person: Person | undefined
  /** What the answer rests on besides the permit. */
  readonly guards: Guard[] = []
  /** About others whose links were shown. */
  readonly others: DecisionRecord[] = []

  constructor(parts: Parts, permit: Permit, asked: Asked, person?: Person) {
    this.#parts = parts
    this.#permit = permit
    this.#asked = asked
    this.person = person
    this.grounds = groundsOf(permit)
    this.guards.push(...(person?.guards ?? []))
  }

  /** Every permitted version of a type, newest first; without a type, of all records. The consents that the patient gave are no records, and come by their type. */
  versions(type?: string): Promise<readonly AddressedRecord[]> {
    if (type === undefined) return (this.#every ??= this.#scan())
    let rows = this.#byType.get(type)
    if (rows === undefined) this.#byType.set(type, (rows = this.#every === undefined || type === CONSENT ? this.#scan(type) : this.#every.then((every) => every.filter(({ row }) => row.type === type))))
    return rows
  }

  /** The versions that hold, those that were first written last in front: what nothing amended, and of several records with one id the newest. */
  async current(type?: string): Promise<readonly AddressedRecord[]> {
    return currentOf(await this.versions(type))
  }

  /** All versions at an address, newest first: by the resource's id, or by the entry of one of them. */
  async at({ type, id }: Address): Promise<readonly AddressedRecord[]> {
    const addressed = await this.#addressed({ type, id })
    if (addressed.length > 0) return addressed
    const rows = await this.versions(type)
    const named = rows.find((row) => row.id === id)
    const wanted = type === 'Patient' && id === this.grounds.patient ? rows.find(({ row }) => row.replacedBy === undefined)?.address.id : (named?.address.id ?? id)
    return rows.filter(({ address }) => address.id === wanted)
  }

  /** Opens records, in their order; each is opened and parsed once. Errors: CORRUPTION naming the entry. */
  async open(records: readonly AddressedRecord[]): Promise<readonly OpenedRecord[]> {
    const missing = records.filter(({ id }) => !this.#opened.has(id))
    for (let from = 0; from < missing.length; from += openedAtOnce) {
      const some = missing.slice(from, from + openedAtOnce)
      for (const [place, resource] of (await openResources(this.#parts, this.#permit, some)).entries()) this.#opened.set(resource.id, toOpened(some[place] as AddressedRecord, resource))
    }
    return records.map(({ id }) => this.#opened.get(id) as OpenedRecord)
  }

  /** Follows the conditional references of opened records by `follow`, so that `led` can say where they lead. */
  async lead(records: readonly OpenedRecord[], follow: (condition: string, by: OpenedRecord) => Promise<AddressedRecord | undefined>): Promise<void> {
    await Promise.all(records.filter(({ id }) => !this.#led.has(id)).map(async (record) => {
      const conditions = conditionsOf(record)
      if (conditions.length === 0) return
      const found = await Promise.all(conditions.map(async (condition) => [condition, await follow(condition, record)] as const))
      this.#led.set(record.id, new Map(found.flatMap(([condition, target]) => (target === undefined ? [] : [[condition, `${target.address.type}/${target.address.id}`] as const]))))
    }))
  }

  /** References of a record, a conditional one as what it leads to (`Type/id`). */
  led({ id }: AddressedRecord, texts: readonly string[]): readonly string[] {
    const led = this.#led.get(id)
    return led === undefined ? texts : texts.map((text) => led.get(text) ?? text)
  }

  /** Every id by which this patient is referred to. */
  patientIds(): Promise<ReadonlySet<string>> {
    return (this.#patientIds ??= this.#readPatientIds())
  }

  /** Other patients that this one was said to be, as far as the caller may read them. */
  async links(): Promise<readonly PatientLink[]> {
    const { links, guards, decisions } = await linksOf(this.#parts, this.grounds, this.#asked)
    this.guards.push(...guards)
    this.others.push(...decisions)
    return links
  }

  /** The record that a parameter's reference leads to, if the permit reaches it. */
  async resolve(text: string, parameter: SearchParameter): Promise<AddressedRecord | undefined> {
    const parts = referenceParts(text)
    if (parts === undefined || parts.absolute) return undefined
    if ((await this.toPatient(parameter))(parts)) return (await this.current('Patient'))[0]
    return (await this.current(parts.type)).find(({ address }) => address.id === parts.id)
  }

  /** Whether a parameter's reference leads to what another one names. */
  async matcher(wanted: ReferenceParts, parameter: SearchParameter): Promise<(found: ReferenceParts) => boolean> {
    const named = (wanted.type ?? 'Patient') === 'Patient' && !wanted.absolute && ((await this.patientIds()).has(wanted.id) || this.person?.ids.has(wanted.id) === true)
    if (named) return this.toPatient(parameter)
    return ({ type, id, absolute }) => id === wanted.id && absolute === wanted.absolute && (type === undefined || wanted.type === undefined || type === wanted.type)
  }

  /**
   * Whether a reference leads to the patient. A condition on a Patient does: it was held against them when it was written. A bundle may have given its Patient a fullUrl that is not its id; such a `urn:` in the element that
   * says whom a resource is about means the patient, unless a record of another type that may stand there has it.
   */
  toPatient(parameter: SearchParameter): Promise<(found: ReferenceParts) => boolean> {
    let test = this.#toPatient.get(parameter)
    if (test === undefined) this.#toPatient.set(parameter, (test = this.#makeToPatient(parameter)))
    return test
  }

  async #makeToPatient({ code, targets }: SearchParameter): Promise<(found: ReferenceParts) => boolean> {
    const ids = await this.patientIds()
    const about = code === 'patient' || code === 'subject' || targets.join() === 'Patient'
    const others = code === 'subject' ? targets.filter((type) => type !== 'Patient').slice(0, 8) : []
    const taken = new Set((await Promise.all(others.map((type) => this.versions(type)))).flat().map(({ address }) => address.id))
    return ({ type, id, absolute }) => !absolute && (type === undefined ? ids.has(id) || (about && !taken.has(id)) : type === 'Patient' && (ids.has(id) || id.startsWith('?')))
  }

  async #readPatientIds(): Promise<ReadonlySet<string>> {
    const { patient } = this.grounds
    const { references } = await readPatientRow(this.#parts, this.grounds)
    const entries = (await this.versions('Patient')).flatMap(({ id, address }) => [id, address.id])
    const ids = new Set([patient, ...entries, ...references.flatMap((reference) => referenceParts(reference)?.id ?? [])])
    for (const id of ids) this.person?.ids.add(id)
    return ids
  }

  /** Those whose resource has the id, found by its token. */
  async #addressed(address: Address): Promise<readonly AddressedRecord[]> {
    const { view, custodian, patient } = this.grounds
    const keys = await this.#parts.vaults.get(custodian)?.organisation()
    if (keys === undefined) return []
    const { rows } = await view.find({ table: 'record', index: 'address', equals: keys.token(recordAddressField, `${address.type}/${address.id}`), limit: 1000, newestFirst: true })
    const own = rows.filter(({ indexes }) => indexes['patient'] === patient)
    const found = await Promise.all(own.map(({ key }) => permittedRecord(this.#permit, key)))
    return found.flatMap((record) => (record === undefined ? [] : [{ ...record, address, first: record.id }]))
  }

  async #scan(type?: string): Promise<readonly AddressedRecord[]> {
    const { records: found } = await permittedRecords(this.#permit, { types: type === undefined ? undefined : [type] })
    if (type !== CONSENT) return addressed(found)
    const given = await consentRecords(this.#parts, this.grounds)
    for (const consent of given) this.#opened.set(consent.id, consent)
    return given.length === 0 ? addressed(found) : [...addressed(found), ...given].sort((a, b) => (a.id < b.id ? 1 : -1))
  }
}

const addressed = remembered((found: readonly PermittedRecord[]): readonly AddressedRecord[] => {
  const byId = new Map(found.every(({ row }) => row.replaces === undefined) ? [] : found.map((record) => [record.id, record]))
  return found.map((record) => {
    const first = firstOf(record, byId)
    return { id: record.id, row: record.row, consent: record.consent, first: first.id, address: addressOf(record.row, first) }
  })
})

const currentOf = remembered((versions: readonly AddressedRecord[]): readonly AddressedRecord[] => {
  const seen = new Set<string>()
  const holding = versions.filter(({ row, address }) => {
    if (row.replacedBy !== undefined) return false
    const name = `${address.type}/${address.id}`
    return !seen.has(name) && seen.add(name) !== undefined
  })
  return holding.sort((a, b) => (a.first < b.first ? 1 : a.first > b.first ? -1 : 0))
})

/** Where a chain of amendments begins, as far as the permit reaches. */
function firstOf(record: PermittedRecord, byId: ReadonlyMap<string, PermittedRecord>): PermittedRecord {
  let at = record
  for (let former = byId.get(at.row.replaces ?? ''); former !== undefined; former = byId.get(at.row.replaces ?? '')) at = former
  return at
}

/** Text and value of payloads, as long as somebody holds their bytes: a payload that lies open is read once. */
const texts = new WeakMap<Uint8Array, string>()
const values = new WeakMap<Uint8Array, Json>()

function toOpened(record: AddressedRecord, { opening: { payload } }: PermittedResource): OpenedRecord {
  return { ...record, bytes: payload, get text() { return textOf(payload) }, get value() { return valueOf(payload, record.id) } }
}

function textOf(payload: Uint8Array): string {
  let text = texts.get(payload)
  if (text === undefined) texts.set(payload, (text = fromUtf8(payload)))
  return text
}

function valueOf(payload: Uint8Array, id: string): Json {
  let value = values.get(payload)
  if (value !== undefined) return value
  try {
    value = asObject(JSON.parse(textOf(payload))) ?? {}
  } catch (cause) {
    throw new LogicError('CORRUPTION', 'The record is not JSON.', { cause, details: { id } })
  }
  values.set(payload, value)
  return value
}
