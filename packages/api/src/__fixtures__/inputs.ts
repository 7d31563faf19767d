import type { TestInstance } from './instance.ts'

const id = '01890a5d-ac96-774b-bcce-b302099a8057'
const entry = { entry: '{}', signature: { jws: 'a..b' } }

/** A well-formed input for each operation that names nothing which exists: whoever may call gets past the rule, and no further. */
export const INPUTS: Readonly<Record<string, unknown>> = {
  'session.challenge': { key: 'k'.repeat(43) },
  'session.start': { challenge: 'c', jws: 'j' },
  'session.me': {},
  'session.end': {},
  'identity.directory': {},
  'identity.keys': {},
  'identity.enrol': { entry },
  'identity.revoke': { entry },
  'hospital.patients.list': {},
  'hospital.patients.find': { identifier: { value: 'nobody' } },
  'hospital.patients.read': { patient: id },
  'hospital.records.list': { patient: id },
  'hospital.records.read': { id },
  'hospital.records.readByLedgerId': { ledger: 'memory', recordId: '0'.repeat(32) },
  'hospital.records.proof': { id },
  'hospital.records.states': { ids: [id] },
  'hospital.imports.check': { bundle: '' },
  'hospital.imports.prepare': { identifiers: [] },
  'hospital.imports.commit': { patient: id, entries: [entry] },
  'hospital.consents.list': {},
  'hospital.consents.subjects': {},
  'hospital.consents.give': { entry },
  'hospital.consents.withdraw': { entry },
  'hospital.access.list': {},
  'hospital.grants.list': {},
  'platform.trust': {},
  'platform.checkpoint': {},
  'platform.consistency': { from: 0, to: 0 },
  'platform.running': {},
  'platform.overview': {},
  'platform.outbox.list': {},
  'platform.outbox.retry': { target: 'memory', items: ['none'] },
  'platform.moves.list': {},
  'platform.moves.read': { id },
  'platform.moves.plan': { network: 'hospital', to: 'nowhere' },
  'platform.moves.start': { network: 'hospital', to: 'nowhere' },
  'platform.moves.pause': { id },
  'platform.moves.resume': { id },
  'platform.moves.cancel': { id },
  'platform.membership.list': { ledger: 'memory' },
  'platform.membership.grant': { ledger: 'memory', stream: 'hospital', member: 'nobody', right: 'read' },
  'platform.membership.revoke': { ledger: 'memory', stream: 'hospital', member: 'nobody', right: 'read' },
  'platform.members': {},
  'platform.entries': {},
  'demo.people': {},
}

/** Calls an operation by name through a client, or as nobody, and gives `OK` or the Problem's code. */
export async function outcomeOf(instance: TestInstance, client: object | undefined, name: string, kind: 'query' | 'command', input: unknown): Promise<string> {
  if (client === undefined) return outcomeOfFetch(instance, name, input)
  let at: unknown = client
  for (const step of name.split('.')) at = (at as Record<string, unknown>)[step]
  const call = at as Record<'query' | 'mutate', (input: unknown) => Promise<unknown>>
  return call[kind === 'query' ? 'query' : 'mutate'](input).then(() => 'OK', (thrown: { code?: string }) => thrown.code ?? String(thrown))
}

async function outcomeOfFetch({ url }: TestInstance, name: string, input: unknown): Promise<string> {
  const answer = await fetch(`${url}/trpc/${name}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input) })
  const body = (await answer.json()) as { readonly error?: { readonly data: { readonly problem: { readonly code: string } } } }
  return body.error?.data.problem.code ?? 'OK'
}
