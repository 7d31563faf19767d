import { previewImport, readSources, runImportJob } from '@careledger/client'
import type { ImportSource } from '@careledger/client'
import { strToU8, zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { startInstance } from './__fixtures__/instance.ts'
import type { TestInstance } from './__fixtures__/instance.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

const file = (name: string, bytes: Uint8Array | string): ImportSource => ({ name, open: async () => (typeof bytes === 'string' ? strToU8(bytes) : bytes) })
const badBundle = (identifier: string): string => new TextDecoder().decode(smallBundle({ identifier })).replace('"status": "final"', '"status": "finished"')
/** A patient without any number that says whose it is. */
const nameless = (name: string): string => JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl: 'urn:uuid:7c1f0c0e-6f57-4c83-9c55-1f3f3e0a0009', resource: { resourceType: 'Patient', name: [{ family: name }] } }] })
const records = async () => {
  const { items } = await (await instance.as('clerk-a')).hospital.patients.list.query({ limit: 100 })
  return items.length
}

describe('an import of many bundles', () => {
  it('is previewed: who is known, what comes in, and what is wrong by its cause, with file, path and line; nothing is kept', async () => {
    const clerk = await instance.as('clerk-a')
    await runImportJob(clerk, [file('first.json', smallBundle({ identifier: 'J-1', observations: 2 }))])
    const before = await records()
    const preview = await previewImport(clerk, [
      file('a/known.json', smallBundle({ identifier: 'J-1' })), file('a/new.json', smallBundle({ identifier: 'J-2' })), file('a/bad-1.json', badBundle('J-3')), file('a/bad-2.json', badBundle('J-4')),
      file('a/not.json', '{'), file('a/readme.txt', 'hello'), file('a/again.json', smallBundle({ identifier: 'J-2' })),
    ])
    expect(preview).toMatchObject({ good: 2, bad: 3, newPatients: 1, knownPatients: 1, alreadyThere: 3, counts: { Patient: 2, Observation: 6 } })
    const [cause] = preview.groups
    expect(cause).toMatchObject({ count: 2, files: 2, places: [{ name: 'a/bad-1.json', path: 'Bundle.entry[1].resource.status', line: expect.any(Number) as number }, { name: 'a/bad-2.json' }] })
    expect(await records()).toBe(before)
  })

  it('brings in the good ones and parks the bad one with its reason, out of an archive too', async () => {
    const archive = zipSync({ 'one.json': smallBundle({ identifier: 'J-5' }), 'deep/two.json': strToU8(badBundle('J-6')), 'deep/three.json': smallBundle({ identifier: 'J-7' }), 'inner.zip': zipSync({}) })
    const clerk = await instance.as('clerk-a')
    const steps: number[] = []
    const { items, id } = await runImportJob(clerk, [file('export.zip', archive), file('broken.zip', 'no archive')], { onProgress: ({ done, parked }) => steps.push(done + parked) })
    expect(items.map(({ name, state, reason, records: count, problems }) => [name, state, reason ?? count, problems?.[0]?.path])).toEqual([
      ['export.zip/deep/three.json', 'done', 4, undefined], ['export.zip/deep/two.json', 'parked', 'FHIR_INVALID', 'Bundle.entry[1].resource.status'], ['export.zip/one.json', 'done', 4, undefined], ['broken.zip', 'parked', 'INPUT_MALFORMED', 'Bundle'],
    ])
    expect(Math.max(...steps)).toBe(4)
    // Mended, the same import goes on with the same id; what was done is passed over.
    expect((await runImportJob(clerk, [file('export.zip', archive)], { id })).items.map(({ state }) => state).sort()).toEqual(['done', 'done', 'parked'])
    expect((await (await instance.as('doctor-a')).hospital.imports.jobs.read.query({ id })).items).toHaveLength(4)
    await expect((await instance.as('doctor-b')).hospital.imports.jobs.read.query({ id })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
  })

  it.each(['prepared', 'committed'] as const)('goes on after its process was killed when a bundle was %s, and doubles nobody', async (moment) => {
    const clerk = await instance.as('clerk-a')
    const id = crypto.randomUUID()
    const sources = [file('x.json', nameless(`Nobody ${moment}`)), file('y.json', smallBundle({ identifier: `J-8-${moment}` }))]
    const before = await records()
    // The process ends here: either nothing reached the server any more, or the commit did and its answer was lost.
    const dying = new Proxy(clerk, { get: (target, name) => (name === 'hospital' ? { ...target.hospital, imports: { ...jobsOf(target), commit: { mutate: async (input: never) => {
      if (moment === 'committed') await target.hospital.imports.commit.mutate(input)
      throw new Error('killed')
    } } } } : Reflect.get(target, name) as unknown) })
    await expect(runImportJob(dying, sources, { id })).rejects.toThrow('killed')
    const { items } = await runImportJob(clerk, sources, { id })
    expect(items.map(({ state }) => state)).toEqual(['done', 'done'])
    expect(await records()).toBe(before + 2)
  })

  it('stops between two bundles when it is cancelled, and waits where it is paused', async () => {
    const clerk = await instance.as('clerk-a')
    const sources = Array.from({ length: 3 }, (_, index) => file(`${index}.json`, smallBundle({ identifier: `J-9-${index}` })))
    const ending = new AbortController()
    let turn = 0
    const { items, cancelled, id } = await runImportJob(clerk, sources, { signal: ending.signal, gate: async () => { if (++turn === 2) ending.abort() } })
    expect([cancelled, items.map(({ state }) => state)]).toEqual([true, ['done', 'waiting', 'waiting']])
    expect((await runImportJob(clerk, sources, { id })).items.every(({ state }) => state === 'done')).toBe(true)
  })

  it('makes one bundle of each patient out of lines, byte for byte, and says of a problem which line it was', async () => {
    const sources = [
      file('Patient.ndjson', '{"resourceType":"Patient","id":"p1","identifier":[{"system":"urn:x","value":"ND-1"}]}\n\n{"resourceType":"Patient","id":"p2","identifier":[{"system":"urn:x","value":"ND-2"}]}\n'),
      file('Observation.ndjson', '{"resourceType":"Observation","id":"o1","status":"final","code":{"text":"w"},"subject":{"reference":"Patient/p1"},"performer":[{"reference":"Organization/x"}],"valueQuantity":{"value":1.10}}\n{"resourceType":"Observation","id":"o2","status":"bad","code":{"text":"w"},"subject":{"reference":"Patient/p2"}}'),
      file('Organization.ndjson', '{"resourceType":"Organization","id":"x","name":"Org"}\n{"resourceType":"Organization","id":"unused","name":"None"}\n'),
    ]
    const bundles = []
    for await (const bundle of readSources(sources)) bundles.push(new TextDecoder().decode(bundle.bytes))
    expect(bundles.map((text) => (JSON.parse(text) as { readonly entry: readonly { readonly resource: { readonly id: string } }[] }).entry.map(({ resource }) => resource.id))).toEqual([['p1', 'o1', 'x'], ['p2', 'o2']])
    expect(bundles[0]).toContain('"value":1.10}')
    const { items } = await runImportJob(await instance.as('clerk-a'), sources)
    expect(items.map(({ state, problems }) => [state, problems?.[0]?.path])).toEqual([['done', undefined], ['parked', 'Observation.ndjson:2.status']])
  })
})

/** The client's calls are proxies: those that the import needs, by name. */
function jobsOf(client: Awaited<ReturnType<TestInstance['as']>>) {
  const { check, prepare, preview, jobs } = client.hospital.imports
  return { check, prepare, preview, jobs }
}
