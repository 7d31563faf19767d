import { capabilityOf, gatewayOf, listGateways, patchResource, readEverything, readHistory, readResource, runTransaction, searchRecords, validateText, writeResource } from '@careledger/logic'
import type { EntryPage, RestEntry, Written } from '@careledger/logic'
import { hospital } from '../../contracts/hospital/index.ts'
import { implement, signedIn } from '../../operation.ts'
import { once } from '../../prepared-answers.ts'
import { nextOf } from './to-answer.ts'

const usesProof = { usesProof: true }

export const fhir = {
  capability: implement(hospital.fhir.capability, async () => {
    const { types } = await capabilityOf()
    return { types: types.map(({ type, parameters, includes, revincludes }) => ({ type, includes: [...includes], revincludes: [...revincludes], parameters: parameters.map(({ modifiers, ...parameter }) => ({ ...parameter, modifiers: [...modifiers] })) })) }
  }),
  read: implement(hospital.fhir.read, async (context, input) => once(await readResource(context.parts, signedIn(context), { ...input, proof: context.proof }), toVersion), usesProof),
  history: implement(hospital.fhir.history, async (context, input) => toPage(await readHistory(context.parts, signedIn(context), { ...input, proof: context.proof })), usesProof),
  search: implement(hospital.fhir.search, async (context, input) => {
    return once(await searchRecords(context.parts, signedIn(context), { ...input, proof: context.proof }), (answer) => ({ ...toPage(answer), type: answer.type, ignored: [...answer.ignored] }))
  }, usesProof),
  everything: implement(hospital.fhir.everything, async (context, input) => once(await readEverything(context.parts, signedIn(context), { ...input, proof: context.proof }), toPage), usesProof),
  create: implement(hospital.fhir.create, async (context, input) => {
    const written = await writeResource(context.parts, signedIn(context), { ...input, proof: context.proof, signal: context.signal })
    return { ...toWritten(written), ...(written.resource === undefined ? {} : { resource: written.resource }) }
  }, usesProof),
  update: implement(hospital.fhir.update, async (context, input) => toWritten(await writeResource(context.parts, signedIn(context), { ...input, proof: context.proof, signal: context.signal })), usesProof),
  patch: implement(hospital.fhir.patch, async (context, input) => {
    const patched = await patchResource(context.parts, signedIn(context), { ...input, proof: context.proof, signal: context.signal })
    return { ...toWritten(patched), resource: patched.resource }
  }, usesProof),
  transaction: implement(hospital.fhir.transaction, async (context, input) => ({ entries: (await runTransaction(context.parts, signedIn(context), { ...input, proof: context.proof, signal: context.signal })).map(toWritten) }), usesProof),
  validate: implement(hospital.fhir.validate, async (_context, { type, resource }) => ({ problems: (await validateText(type, resource)).slice(0, 200).map(({ path, code, message }) => ({ path, code, message })) })),
  gateway: implement(hospital.fhir.gateway, async (context) => {
    const { organisation, party } = signedIn(context)
    const { key, publicJwk, author } = await gatewayOf(context.parts, organisation ?? party)
    return { key, jwk: publicJwk, ...(author === undefined ? {} : { party: author.party }) }
  }),
  gateways: implement(hospital.fhir.gateways, async (context) => {
    const found = await listGateways(context.parts, signedIn(context))
    return { items: found.map(({ party, since, until, ...item }) => ({ ...item, ...(party === undefined ? {} : { party }), ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) })) }
  }),
}

const toVersion = ({ type, id, version, lastUpdated, resource, mode, amends, linked }: RestEntry) => ({ type, id, version, lastUpdated, resource, mode, amends, linked })

const toPage = (page: EntryPage) => ({ entries: page.entries.map(toVersion), ...(page.total === undefined ? {} : { total: page.total }), ...nextOf(page) })

const toWritten = ({ outcome, type, id, version, lastUpdated }: Written) => ({ outcome, type, id, version, ...(lastUpdated === undefined ? {} : { lastUpdated }) })
