import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { beforeAll, describe, expect, it } from 'vitest'
import { importBundle } from '@careledger/client'
import type { Signer } from '@careledger/proof'
import { smallBundle } from './__fixtures__/bundle.ts'
import { dpop, jws } from './__fixtures__/fhir-client.ts'
import { startInstance } from './__fixtures__/instance.ts'
import { openapiDocument } from './openapi.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'

/** What a stranger writes: a call by the generated types, whatever sends it. */
const CLIENT = `import type { paths } from './generated.ts'
type Input<P extends keyof paths> = paths[P]['post']['requestBody']['content']['application/json']
type Output<P extends keyof paths> = paths[P]['post']['responses'][200]['content']['application/json']['result']['data']
declare function call<P extends keyof paths>(path: P, input: Input<P>): Promise<Output<P>>
`

/** A whole program of a stranger: the generated types, `fetch`, and the key's signatures. */
const STRANGER = `import type { paths } from './generated.ts'
type Input<P extends keyof paths> = paths[P]['post']['requestBody']['content']['application/json']
type Output<P extends keyof paths> = paths[P]['post']['responses'][200]['content']['application/json']['result']['data']
type Refusal = paths[keyof paths]['post']['responses']['default']['content']['application/json']
interface Key { readonly key: string; readonly algorithm: string }
export async function run(origin: string, signer: Key, jws: (header: object, payload: object | string) => Promise<string>, dpop: (method: string, url: string, token?: string, nonce?: string) => Promise<string>, patient: string) {
  let token: string | undefined
  const call = async <P extends keyof paths>(path: P, input: Input<P>): Promise<Output<P>> => {
    const url = origin + path
    const send = async (nonce?: string) => fetch(url, { method: 'POST', body: JSON.stringify(input), headers: { 'content-type': 'application/json', dpop: await dpop('POST', url, token, nonce), ...(token === undefined ? {} : { authorization: 'DPoP ' + token }) } })
    const first = await send()
    const nonce = first.headers.get('dpop-nonce')
    const answer = nonce === null ? first : await send(nonce)
    if (!answer.ok) throw (await answer.json()) as Refusal
    return ((await answer.json()) as { result: { data: Output<P> } }).result.data
  }
  const { challenge } = await call('/trpc/session.challenge', { key: signer.key })
  const [header, , signature] = (await jws({ alg: signer.algorithm, kid: signer.key, typ: 'careledger-challenge+jws' }, challenge)).split('.')
  token = (await call('/trpc/session.start', { challenge, jws: header + '..' + signature })).token
  const me = await call('/trpc/session.me', {})
  const patients = await call('/trpc/hospital.patients.list', {})
  const records = await call('/trpc/hospital.records.list', { patient })
  const found = await call('/trpc/hospital.fhir.search', { type: 'Observation', parameters: [['patient', patient]] })
  const refused = await call('/trpc/hospital.records.list', { patient: '01890a5d-ac96-774b-bcce-b302099a8057' }).then(() => 'read', (refusal: Refusal) => refusal.error.data.problem.code)
  return { party: me.party, patients: patients.items.map((one) => one.patient), records: records.items.length, found: found.entries.length, refused }
}`

const contracts = [...operationsByName(createOperations()).values()].map((operation) => operation.contract)
let generated: string
beforeAll(async () => {
  const document = JSON.parse(JSON.stringify(openapiDocument(contracts, 'https://care.example'))) as Parameters<typeof openapiTS>[0]
  generated = astToString(await openapiTS(document))
})

/** The compiler's complaints about a program of the generated types and these lines, each by the line it stands at. */
function complaints(lines: readonly string[], others: Readonly<Record<string, string>> = {}): readonly string[] {
  const files = new Map([['/generated.ts', generated], ['/client.ts', CLIENT + lines.join('\n')], ...Object.entries(others)])
  const options: ts.CompilerOptions = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, allowImportingTsExtensions: true, noLib: false, lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [] }
  const host = ts.createCompilerHost(options)
  const read = host.getSourceFile.bind(host)
  host.getSourceFile = (name, target) => (files.has(name) ? ts.createSourceFile(name, files.get(name) ?? '', target) : read(name, target))
  host.fileExists = ((exists) => (name: string) => files.has(name) || exists(name))(host.fileExists.bind(host))
  const before = CLIENT.split('\n').length
  return ts.getPreEmitDiagnostics(ts.createProgram([...files.keys()], options, host)).map(({ file, start }) => {
    const at = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 2 - before
    return file?.fileName === '/client.ts' ? (lines[at - 1] ?? 'the helpers') : `${file?.fileName ?? ''} ${at + before - 1}`
  })
}

describe('a client generated from the OpenAPI document', () => {
  it('compiles, has every operation, and knows inputs and outputs', () => {
    expect(complaints([
      "const page = await call('/trpc/hospital.records.list', { patient: 'p' })",
      'const title: string | undefined = page.items[0]?.title',
      "const found = await call('/trpc/hospital.fhir.search', { type: 'Observation', parameters: [['patient', 'p']] })",
      'const text: string = found.entries[0]!.resource',
      "await call('/trpc/session.challenge', { key: 'k' })",
      'export { title, text }',
    ], { '/stranger.ts': STRANGER })).toEqual([])
  })

  it('made of what a running instance serves signs in, reads and is refused, as its types say', async () => {
    await using instance = await startInstance()
    const { patient } = await importBundle(await instance.as('clerk-a'), smallBundle())
    expect(await (await fetch(`${instance.url}/openapi.json`)).json()).toEqual(JSON.parse(JSON.stringify(openapiDocument(contracts, instance.url))))
    const program = ts.transpile(STRANGER, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext })
    const { run } = (await import(`data:text/javascript;base64,${Buffer.from(program).toString('base64')}`)) as { readonly run: (origin: string, signer: Signer, jws: (header: object, payload: object | string) => Promise<string>, dpop: (method: string, url: string, token?: string, nonce?: string) => Promise<string>, patient: string) => Promise<unknown> }
    const { signer } = instance.keyOf('doctor-a')
    expect(await run(instance.url, signer, (header, payload) => jws(signer, header, payload), (method, url, token, nonce) => dpop(signer, method, url, token, nonce), patient)).toEqual({ party: 'doctor-a', patients: [patient], records: 4, found: 3, refused: 'NOT_ALLOWED' })
  })

  it('refuses what the contracts refuse', () => {
    const wrong = ["await call('/trpc/hospital.records.list', { patient: 1 })", "await call('/trpc/hospital.records.list', {})", "await call('/trpc/hospital.records.erase', {})", "const n: number = (await call('/trpc/hospital.records.list', { patient: 'p' })).items"]
    expect(complaints([...wrong, 'export {}'])).toEqual(wrong)
  })
})
