import { cardKeyDraft, createCareLedgerClient, enrolmentDraft, importBundle, partyNameDraft, signAs, signerFromJwk, type CareLedgerClient } from '@careledger/client'
import type { DemoPerson as PersonWithKey } from '@careledger/api'
import { createKeyDirectory } from '@careledger/logic'
import type { Credential, PublicJwk, Signer } from '@careledger/proof'
import type { Instance } from '../instance/open-instance.ts'
import { demoKeys, type DemoKey } from './demo-keys.ts'
import { demoBundle } from './patient-bundle.ts'
import { demoInterface, demoOrganisations, demoPeople, type DemoOrganisation, type DemoPerson } from './people.ts'

export interface SeedOptions {
  /** Address of the running instance: everything is written through its API, as anybody would. */
  readonly url: string
  readonly directory: string
  readonly instance: Instance
  readonly say: (line: string) => void
  /** Whether one hospital gets an HL7 v2 interface. */
  readonly hl7?: boolean | undefined
}

/** Enrols the demo's organisations and people and imports the patients' records, as far as that was not done. */
export async function seedDemo({ url, directory, instance, say, hl7 = false }: SeedOptions): Promise<void> {
  const keys = keysOf(directory)
  const directoryOfKeys = createKeyDirectory(instance.parts.store)
  const isMissing = async ({ party }: { readonly party: string }) => (await directoryOfKeys.party(party)) === undefined
  const organisations = await filterAsync(demoOrganisations, isMissing)
  const people = await filterAsync(demoPeople, isMissing)
  if (organisations.length + people.length > 0) {
    say('Making demo people and their keys ...')
    await enrolAll({ url, keys, instance, organisations, people })
  }
  if (hl7 && (await isMissing(demoInterface))) await enrolInterface(url, directory, keys)
  await importRecords(url, keys, say)
}

async function enrolInterface(url: string, directory: string, keys: ReadonlyMap<string, DemoKey>): Promise<void> {
  const { party, organisation } = demoInterface
  const authority = await signedIn(url, await signerFromJwk(keyOf(keys, organisation)))
  const { kty, crv, x, y } = demoInterfaceKey(directory)
  await enrol(authority, { party, kind: 'system', roles: ['system'], key: { kty, crv, x, y }, organisation }, organisation)
  await giveName(authority, party, demoInterface.name, organisation)
  await authority.signOut()
}

/** The key of the demo's HL7 v2 interface. */
export function demoInterfaceKey(directory: string): DemoKey {
  return keyOf(demoKeys(directory, [demoInterface.party]), demoInterface.party)
}

async function enrolAll({ url, keys, instance, organisations, people }: {
  readonly url: string
  readonly keys: ReadonlyMap<string, DemoKey>
  readonly instance: Instance
  readonly organisations: readonly DemoOrganisation[]
  readonly people: readonly DemoPerson[]
}): Promise<void> {
  const { party: platformParty } = instance.file.platform
  const platform = await signedIn(url, instance.rootSigner)
  for (const { party, name } of organisations) {
    await enrol(platform, { party, kind: 'organisation', roles: ['admin'], key: publicKey(keys, party) }, platformParty)
    await giveName(platform, party, name, platformParty)
    const organisation = await signedIn(url, await signerFromJwk(keyOf(keys, party)))
    await enrolGateway(organisation, party, name)
    await enrolCardKey(organisation)
  }
  for (const organisation of new Set(people.map((person) => person.organisation))) {
    const authority = organisation === platformParty ? platform : await signedIn(url, await signerFromJwk(keyOf(keys, organisation)))
    for (const person of people) if (person.organisation === organisation) await enrolPerson(authority, person, keys, platformParty)
    if (authority !== platform) await authority.signOut()
  }
  await platform.signOut()
}

/** The demo's people with their keys, for "look around as ...". */
export function demoPeopleOf(directory: string): () => Promise<readonly PersonWithKey[]> {
  return async () => {
    const keys = keysOf(directory)
    const organisations = new Map(demoOrganisations.map(({ party, name }) => [party, name]))
    return demoPeople.map(({ party, name, roles, network, organisation }) => ({
      party, name, roles: [...roles], network, organisationName: organisations.get(organisation), key: keyOf(keys, party),
    }))
  }
}

async function enrolPerson(authority: CareLedgerClient, person: DemoPerson, keys: ReadonlyMap<string, DemoKey>, platform: string): Promise<void> {
  const organisation = person.organisation === platform ? {} : { organisation: person.organisation }
  await enrol(authority, { party: person.party, kind: 'person', roles: person.roles, key: publicKey(keys, person.party), ...organisation }, person.organisation)
  if (!person.roles.includes('patient')) await giveName(authority, person.party, person.name, person.organisation)
}

/** The organisation lets its FHIR clients be signed for by the key in its vault. */
async function enrolGateway(organisation: CareLedgerClient, party: string, name: string): Promise<void> {
  const { jwk, party: enrolled } = await organisation.hospital.fhir.gateway.query({})
  if (enrolled !== undefined) return
  const gateway = `${party}-gateway`
  await enrol(organisation, { party: gateway, kind: 'system', organisation: party, roles: ['system'], key: jwk }, party)
  await giveName(organisation, gateway, `${name}, FHIR`, party)
}

/** The organisation says which key of its vault issues health cards. */
async function enrolCardKey(organisation: CareLedgerClient): Promise<void> {
  const { custodian, key, enrolled } = await organisation.hospital.cards.key.query({})
  if (!enrolled) await organisation.hospital.cards.enrol.mutate({ entry: await signAs(organisation, cardKeyDraft(key, custodian)) })
  await organisation.signOut()
}

/** Each patient's bundle, by a doctor or clerk of the organisation, unless the patient is linked already. */
async function importRecords(url: string, keys: ReadonlyMap<string, DemoKey>, say: (line: string) => void): Promise<void> {
  const patients = demoPeople.filter(({ record }) => record !== undefined)
  for (const [n, patient] of patients.entries()) {
    const own = await signedIn(url, await signerFromJwk(keyOf(keys, patient.party)))
    const { items } = await own.hospital.consents.subjects.query({})
    await own.signOut()
    if (items.length > 0) continue
    const author = demoPeople.find(({ organisation, roles }) => organisation === patient.organisation && !roles.includes('patient'))
    if (author === undefined) throw new TypeError(`${patient.organisation} has nobody who may import.`)
    const clerk = await signedIn(url, await signerFromJwk(keyOf(keys, author.party)))
    const { ids } = await importBundle(clerk, demoBundle(patient), { linkTo: patient.party })
    await clerk.signOut()
    say(`Demo records: patient ${n + 1} of ${patients.length}, ${ids.length} records`)
  }
}

async function signedIn(url: string, signer: Signer): Promise<CareLedgerClient> {
  const client = createCareLedgerClient({ url })
  await client.signIn(signer)
  return client
}

async function enrol(authority: CareLedgerClient, credential: Omit<Credential, 'v'>, custodian: string): Promise<void> {
  await authority.identity.enrol.mutate({ entry: await signAs(authority, enrolmentDraft(credential, custodian)) })
}

async function giveName(authority: CareLedgerClient, party: string, name: string, custodian: string): Promise<void> {
  await authority.identity.enrol.mutate({ entry: await signAs(authority, partyNameDraft(party, name, custodian)) })
}

function keysOf(directory: string): ReadonlyMap<string, DemoKey> {
  return demoKeys(directory, [...demoOrganisations, ...demoPeople].map(({ party }) => party))
}

function keyOf(keys: ReadonlyMap<string, DemoKey>, party: string): DemoKey {
  const key = keys.get(party)
  if (key === undefined) throw new TypeError(`${party} has no demo key.`)
  return key
}

function publicKey(keys: ReadonlyMap<string, DemoKey>, party: string): PublicJwk {
  const { kty, crv, x, y } = keyOf(keys, party)
  return { kty, crv, x, y }
}

async function filterAsync<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(keep))
  return items.filter((_, n) => kept[n])
}
