import { z } from 'zod'
import { LogicError } from '../../logic-error.ts'
import { consentTermsBytes, parseConsentTerms, type ConsentException, type ConsentTerms } from '../consent-terms.ts'
import { kindOfLabel, labelOfKind, SENSITIVITIES, type Sensitivity } from '../sensitivity/kinds.ts'
import { DIRECT_EXTENSION, isGranteeRole, purposeOf, SYSTEMS } from './codes.ts'

const coding = z.strictObject({ system: z.string().optional(), code: z.string(), display: z.string().optional() })
const concept = z.strictObject({ coding: z.array(coding).length(1), text: z.string().optional() })
const reference = z.strictObject({ identifier: z.strictObject({ system: z.literal(SYSTEMS.party), value: z.string() }), display: z.string().optional(), type: z.string().optional() })
const actor = z.strictObject({ role: z.strictObject({ coding: z.array(coding).min(1).max(2) }), reference })
const period = z.strictObject({ start: z.iso.date().optional(), end: z.iso.date().optional() })
const scope = { class: z.array(coding).min(1).optional(), code: z.array(concept).min(1).optional(), dataPeriod: period.optional() }

/** Every member that carries meaning and that we have; another one is refused with its path, for leaving it out could widen what is agreed to. */
const shape = z.strictObject({
  resourceType: z.literal('Consent'),
  id: z.string().optional(),
  meta: z.unknown().optional(),
  text: z.unknown().optional(),
  status: z.literal('active'),
  scope: concept,
  category: z.array(z.unknown()).min(1),
  patient: z.unknown().optional(),
  dateTime: z.string().optional(),
  organization: z.array(z.unknown()).optional(),
  policyRule: concept,
  provision: z.strictObject({
    extension: z.array(z.strictObject({ url: z.literal(DIRECT_EXTENSION), valueBoolean: z.literal(true) })).length(1).optional(),
    type: z.literal('permit'),
    period: z.strictObject({ end: z.iso.datetime({ precision: 3 }) }),
    actor: z.array(actor).length(1),
    action: z.array(concept).min(1).max(2),
    securityLabel: z.array(coding).min(1),
    purpose: z.array(coding).length(1),
    ...scope,
    provision: z.array(z.strictObject({ type: z.literal('deny'), actor: z.array(actor).min(1).optional(), ...scope })).min(1).optional(),
  }),
})

/**
 * The terms that a FHIR R4 Consent says, to be signed by the patient. What cannot be said in terms is refused with its path; nothing is left out
 * and nothing added, so that writing the terms as a Consent gives the same provisions back. Errors: INPUT_MALFORMED with `problems`.
 */
export function fromFhirConsent(resource: unknown, now: Date): ConsentTerms {
  const parsed = shape.safeParse(resource)
  if (!parsed.success) throw malformed(parsed.error.issues.slice(0, 20).map((issue) => ({ path: pathOf(issue), message: 'A consent here cannot say this.' })))
  const { scope: what, policyRule, provision } = parsed.data
  expect(codeIn(what.coding[0], SYSTEMS.scope) === 'patient-privacy', 'Consent.scope')
  expect(codeIn(policyRule.coding[0], SYSTEMS.policy) === 'OPTOUT', 'Consent.policyRule')
  expect(codeIn(provision.action[0]?.coding[0], SYSTEMS.action) === 'access', 'Consent.provision.action[0]')
  expect(provision.action.length === 1 || codeIn(provision.action[1]?.coding[0], SYSTEMS.action) === 'disclose', 'Consent.provision.action[1]')
  const purpose = purposeOf(codeIn(provision.purpose[0], SYSTEMS.purpose) ?? '')
  if (purpose === undefined) throw problem('Consent.provision.purpose[0]')
  const [who] = provision.actor.map((one, place) => readActor(one, `Consent.provision.actor[${place}]`))
  const sensitive = readLabels(provision.securityLabel)
  const except = provision.provision?.map(readDeny)
  const terms: ConsentTerms = {
    v: 1, grantee: who?.party as string, ...(who?.role === undefined ? {} : { role: who.role }), ...readScope(provision, 'Consent.provision'), ...(sensitive.length === 0 ? {} : { sensitive }),
    ...(except === undefined ? {} : { except }), purpose, expires: provision.period.end, direct: provision.extension !== undefined, ...(provision.action.length === 2 ? { passOn: true } : {}),
  }
  return parseConsentTerms(consentTermsBytes(terms, now), now)
}

type Coding = z.output<typeof coding>
type ScopeOf = z.output<z.ZodObject<typeof scope>>

function readDeny(provision: { readonly actor?: readonly z.output<typeof actor>[] | undefined } & ScopeOf, place: number): ConsentException {
  const path = `Consent.provision.provision[${place}]`
  const people = provision.actor?.map((one, n) => {
    const { party, role } = readActor(one, `${path}.actor[${n}]`)
    expect(role === undefined, `${path}.actor[${n}].role`)
    return party
  })
  return { ...(people === undefined ? {} : { people }), ...readScope(provision, path) }
}

function readScope({ class: classes, code, dataPeriod }: ScopeOf, path: string): Pick<ConsentTerms, 'types' | 'categories' | 'from' | 'to'> {
  const types = classes?.map((one, place) => codeIn(one, SYSTEMS.resource) ?? refuse(`${path}.class[${place}]`))
  const categories = code?.map(({ coding: [one] }) => `${one?.system ?? ''}|${one?.code ?? ''}`)
  return {
    ...(types === undefined ? {} : { types }), ...(categories === undefined ? {} : { categories }),
    ...(dataPeriod?.start === undefined ? {} : { from: dataPeriod.start }), ...(dataPeriod?.end === undefined ? {} : { to: dataPeriod.end }),
  }
}

function readActor({ role: { coding: codings }, reference: { identifier } }: z.output<typeof actor>, path: string) {
  const [recipient, role] = codings
  expect(codeIn(recipient, SYSTEMS.participation) === 'IRCP', `${path}.role`)
  const ours = role === undefined ? undefined : codeIn(role, SYSTEMS.role)
  if (role !== undefined && (ours === undefined || !isGranteeRole(ours))) throw problem(`${path}.role.coding[1]`)
  return { party: identifier.value, role: ours as ConsentTerms['role'] }
}

/** `N` must stand among them: a consent for sensitive records only is none that we have, and no label at all would mean every record. */
function readLabels(labels: readonly Coding[]): readonly Sensitivity[] {
  const kinds = new Set<Sensitivity>()
  let normal = false
  for (const [place, label] of labels.entries()) {
    const kind = kindOfLabel(label.system, label.code)
    if (codeIn(label, SYSTEMS.confidentiality) === 'N') normal = true
    // A label that only we would read as "otherwise restricted" says something else to whoever wrote it.
    else if (kind !== undefined && label.code === kind && label.system === labelOfKind(kind).system) kinds.add(kind)
    else throw problem(`Consent.provision.securityLabel[${place}]`)
  }
  expect(normal, 'Consent.provision.securityLabel')
  return SENSITIVITIES.filter((kind) => kinds.has(kind))
}

const codeIn = (one: Coding | undefined, system: string): string | undefined => (one?.system === system ? one.code : undefined)

function expect(holds: boolean, path: string): void {
  if (!holds) throw problem(path)
}

function refuse(path: string): never {
  throw problem(path)
}

const problem = (path: string): LogicError => malformed([{ path, message: 'A consent here cannot say this.' }])

function malformed(problems: readonly { readonly path: string; readonly message: string }[]): LogicError {
  return new LogicError('INPUT_MALFORMED', 'This Consent says something that a consent here cannot say.', { details: { problems: problems.map((one) => ({ ...one, code: 'not-mapped' })) } })
}

function pathOf(issue: { readonly code: string; readonly path: readonly PropertyKey[]; readonly keys?: readonly string[] }): string {
  const path = [...issue.path, ...(issue.code === 'unrecognized_keys' ? (issue.keys ?? []).slice(0, 1) : [])]
  return path.reduce<string>((text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`), 'Consent')
}
