import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientWith, fhirClient, systemToken } from '../__fixtures__/fhir-client.ts'
import type { FhirClient } from '../__fixtures__/fhir-client.ts'
import { enrolGateway } from '../__fixtures__/gateway.ts'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'

/** A folder with the examples of HL7 FHIR R4 in JSON, one resource a file; for example the `*-example*.json` of the specification's download. */
const folder = process.env.FHIR_EXAMPLES

function filesIn(path: string): readonly string[] {
  return readdirSync(path).sort().flatMap((name) => {
    const inner = join(path, name)
    return statSync(inner).isDirectory() ? filesIn(inner) : name.endsWith('.json') ? [inner] : []
  })
}

interface Example {
  readonly file: string
  readonly text: string
  readonly type: string
  readonly id: string
  readonly patients: readonly string[]
}

/** What of a file keeps it from being written as one resource of one patient; `undefined` where nothing does. */
function readExample(file: string): Example | string {
  const text = readFileSync(file, 'utf8')
  let value: { readonly resourceType?: string; readonly id?: string }
  try {
    value = JSON.parse(text) as typeof value
  } catch {
    return 'no JSON'
  }
  if (typeof value.resourceType !== 'string' || typeof value.id !== 'string') return 'no resource with an id'
  if (value.resourceType === 'Bundle' || value.resourceType === 'Parameters') return 'a carrier of other resources'
  const outside = { ...value, contained: undefined }
  const patients = [...new Set([...JSON.stringify(outside).matchAll(/"reference":"Patient\/([A-Za-z0-9.-]{1,64})"/g)].map(([, id]) => id as string))]
  if (value.resourceType !== 'Patient' && patients.length === 0) return 'about no patient'
  if (value.resourceType !== 'Patient' && patients.length > 1) return 'about more than one patient'
  return { file, text, type: value.resourceType, id: value.id, patients }
}

describe.skipIf(folder === undefined)('the official R4 examples (set FHIR_EXAMPLES to their folder)', () => {
  let instance: TestInstance
  /** Writes what its source says, as a hospital's own system does; a clerk reads it back. */
  let system: FhirClient
  let clerk: FhirClient
  beforeAll(async () => {
    instance = await startInstance()
    await enrolGateway(instance)
    clerk = await fhirClient(instance, 'clerk-a')
    const { signer } = instance.keyOf('system-a')
    system = clientWith(instance, signer, (await systemToken(instance, signer, 'system-a')).body.access_token)
  })
  afterAll(() => instance.stop())

  it('go in and come out byte for byte wherever they are about one patient', async () => {
    const read = filesIn(folder as string).map((file) => ({ file, example: readExample(file) }))
    const apart = new Map<string, number>()
    const note = (why: string) => void apart.set(why, (apart.get(why) ?? 0) + 1)
    const examples = read.flatMap(({ example }) => (typeof example === 'string' ? (note(example), []) : [example])).sort((a, b) => Number(b.type === 'Patient') - Number(a.type === 'Patient'))
    const known = new Set<string>()
    let kept = 0
    const different: string[] = []
    const refused: string[] = []
    for (const { file, text, type, id, patients } of examples) {
      for (const patient of patients.filter((each) => type !== 'Patient' && !known.has(each))) {
        expect((await system(`/Patient/${patient}`, { method: 'PUT', body: JSON.stringify({ resourceType: 'Patient', id: patient }) })).status).toBe(201)
        known.add(patient)
      }
      const written = await system(`/${type}/${id}`, { method: 'PUT', body: text, headers: { prefer: 'return=minimal' } })
      if (written.status !== 201 && written.status !== 200) {
        const [issue] = written.json.issue
        refused.push(`${type}/${id}: ${written.status} ${String(issue?.code)} ${String(issue?.expression?.[0])} ${String(issue?.details?.text)} (${file.split('/').at(-1) ?? ''})`)
        continue
      }
      if (type === 'Patient') known.add(id)
      const back = await clerk(`/${type}/${id}`, { headers: { accept: 'application/fhir+json' }, parse: false })
      if (back.text === text) kept++
      else different.push(`${type}/${id} ${back.status}`)
    }
    console.info({ files: read.length, kept, refused, apart: Object.fromEntries(apart) })
    expect(different).toEqual([])
    expect(kept).toBeGreaterThan(0)
  }, 600_000)
})
