import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCareLedgerClient, importBundle, signerFromJwk, type CareLedgerClient, type PrivateJwk } from '@careledger/client'
import { utf8 } from '@careledger/proof'
import { InMemorySpanExporter, SimpleSpanProcessor, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startApp, type App } from '../app.ts'
import { demoPeople } from '../demo/people.ts'
import { readSettings } from '../settings.ts'
import { canaries, canaryBundle } from '../testing/canary-bundle.ts'
import { startTracing, tracingOver } from './start-tracing.ts'

let directory: string
let app: App
const exporter = new InMemorySpanExporter()
const as = async (party: string): Promise<CareLedgerClient> => {
  const client = createCareLedgerClient({ url: app.url })
  await client.signIn(await signerFromJwk((JSON.parse(readFileSync(join(directory, 'demo-keys.json'), 'utf8')) as Record<string, PrivateJwk>)[party] as PrivateJwk))
  return client
}
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-tracing-'))
  const tracing = tracingOver(new SimpleSpanProcessor({ exporter }), { ratio: 1, role: 'all' })
  app = await startApp(readSettings({ PORT: '0', CARELEDGER_DATA: directory, CARELEDGER_LOG_LEVEL: 'silent' }), () => undefined, { tracing })
}, 180_000)
afterAll(async () => {
  await app?.stop()
  rmSync(directory, { recursive: true, force: true })
}, 30_000)

const parentOf = (spans: readonly ReadableSpan[], span: ReadableSpan | undefined) => spans.find((one) => one.spanContext().spanId === span?.parentSpanContext?.spanId)

describe('traces and figures', () => {
  it('follow a request through its operation into the store, and entries through the sequencer to the ledger, without a word of a patient', async () => {
    const doctor = await as('staff-5d81c6')
    exporter.reset()
    const { patient, ids } = await importBundle(doctor, utf8(canaryBundle({ identifier: 'MRN-CANARY-9' })), { wait: 'anchored' })
    await doctor.hospital.records.list.query({ patient })
    await expect(doctor.hospital.records.read.query({ id: '01890a5d-ac96-774b-bcce-b302099a8057' })).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    await vi.waitFor(() => expect(exporter.getFinishedSpans().map(({ name }) => name)).toContain('ledger.append'), { timeout: 10_000 })
    const spans = exporter.getFinishedSpans()

    const commit = spans.find(({ name }) => name === 'hospital.imports.commit')
    expect(commit?.attributes).toEqual({ 'careledger.kind': 'command', 'careledger.outcome': 'OK' })
    expect(parentOf(spans, commit)).toMatchObject({ name: 'POST trpc', attributes: { 'http.route': 'trpc', 'http.response.status_code': 200 } })
    const write = spans.find((span) => span.name === 'store.write' && span.attributes['careledger.entries'] === ids.length + 1)
    expect(parentOf(spans, write)?.name).toBe('hospital.imports.commit')
    expect(spans.find(({ name }) => name === 'hospital.records.read')?.attributes['careledger.outcome']).toBe('NOT_ALLOWED')
    expect(spans.find(({ name }) => name === 'sequencer.assign')).toBeDefined()
    expect(spans.find(({ name }) => name === 'ledger.append')?.attributes).toMatchObject({ 'careledger.ledger': 'embedded', 'careledger.stream': expect.any(String) })

    const told = JSON.stringify(spans.map(({ name, attributes, events, links, status, resource }) => ({ name, attributes, events, links, status, resource: resource.attributes })))
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    const forbidden = [...canaries, patient, ...ids, ...demoPeople.flatMap(({ party, name }) => [party, name])]
    for (const word of forbidden) {
      expect(told, word).not.toContain(word)
      expect(metrics, word).not.toContain(word)
    }
  }, 60_000)

  it('tell an operator\'s alarms what they need, with closed sets of labels', async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text()
    const value = (name: string) => Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
    expect(value('careledger_sequencer_state{state="leading"}')).toBe(1)
    expect(value('careledger_log_entries')).toBeGreaterThan(100)
    expect(value('careledger_log_waiting')).toBeLessThan(10)
    expect(value('careledger_outbox_rows{ledger="embedded",state="blocked"}')).toBe(0)
    expect(value('careledger_outbox_rows{ledger="embedded",state="final"}')).toBeGreaterThan(100)
    expect(value('careledger_outbox_oldest_seconds{ledger="embedded"}')).toBeLessThan(60)
    expect(value('careledger_ledger_state{ledger="embedded",state="final"}')).toBe(1)
    expect(value('careledger_decisions_uncovered_seconds')).toBeGreaterThanOrEqual(0)
    expect(value('careledger_store_writes')).toBeLessThan(100)
    expect(value('careledger_figures_failed')).toBe(0)
    expect(value('careledger_http_requests_shed_total{reason="lag"}')).toBe(0)
    expect(value('careledger_entries_stored_total')).toBeGreaterThan(100)
    expect(metrics).toMatch(/^careledger_process_info\{role="all",version="[\d.]+"\} 1$/m)
    expect(metrics).toMatch(/^careledger_nodejs_eventloop_lag_p99_seconds /m)
  })

  it('go to an OTLP receiver over HTTP, and a receiver that is gone harms nothing', async () => {
    const bodies: string[] = []
    const receiver = createServer((request: IncomingMessage, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        bodies.push(`${request.method ?? ''} ${request.url ?? ''} ${Buffer.concat(chunks).toString('utf8')}`)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      })
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    const endpoint = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
    const tracing = startTracing({ endpoint, ratio: 1, role: 'api' })
    tracing.tracer.startSpan('operation').end()
    await tracing.stop()
    expect(bodies).toHaveLength(1)
    expect(bodies[0]).toMatch(/^POST \/v1\/traces \{.*"name":"operation"/)
    expect(bodies[0]).toContain('"careledger.role"')
    receiver.close()
    await once(receiver, 'close')
    const gone = startTracing({ endpoint, ratio: 1, role: 'api' })
    gone.tracer.startSpan('lost').end()
    await gone.stop()
  }, 30_000)
})
