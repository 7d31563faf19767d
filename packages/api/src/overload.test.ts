import { toBase64url } from '@careledger/proof'
import { expect, it } from 'vitest'
import { smallBundle } from './__fixtures__/bundle.ts'
import { fetchAs } from './__fixtures__/fetch-as.ts'
import { startInstance } from './__fixtures__/instance.ts'

it('answers more bundles than can wait with 503 and when to come back, serves those it took, and goes on answering reads', async () => {
  await using instance = await startInstance()
  const post = await fetchAs(instance, 'clerk-a')
  const body = JSON.stringify({ bundle: toBase64url(smallBundle({ observations: 60 })) })
  const check = () => post('/trpc/hospital.imports.check', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  const reader = await instance.as('doctor-a')
  const checks = Promise.all(Array.from({ length: 80 }, check))
  const reads = await Promise.all(Array.from({ length: 20 }, () => reader.hospital.patients.list.query({})))
  const answers = await checks
  const [taken, refused] = [answers.filter(({ status }) => status === 200), answers.filter(({ status }) => status === 503)]
  expect([reads.length, taken.length + refused.length]).toEqual([20, 80])
  expect(taken.length).toBeGreaterThan(30)
  expect(refused.length).toBeGreaterThan(0)
  expect(new Set(refused.map(({ headers }) => headers.get('retry-after')))).toEqual(new Set(['2']))
  for (const answer of taken) expect(await answer.json()).toMatchObject({ result: { data: { ok: true, total: 61 } } })
})
