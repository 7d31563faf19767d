import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { once } from 'node:events'
import { importBundle } from '@careledger/client'
import { utf8 } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { canaryBundle } from '../testing/canary-bundle.ts'
import { startDemoWorld, type DemoWorld } from '../testing/demo-world.ts'

let world: DemoWorld
beforeAll(async () => { world = await startDemoWorld() }, 180_000)
afterAll(async () => world?.stop(), 60_000)

describe('SIGINT', () => {
  it('ends the app within seconds, with connections kept alive, a body half sent and an import under way; the import is whole or absent', async () => {
    const records = await world.records()
    const doctor = await world.as('staff-5d81c6')
    const agent = new Agent({ keepAlive: true })
    await Promise.all(Array.from({ length: 20 }, async () => {
      const [answer] = (await once(request(`${world.url}/health/ready`, { agent }).end(), 'response')) as [IncomingMessage]
      await once(answer.resume(), 'end')
    }))
    const { port } = new URL(world.url)
    const silent = connect(Number(port), '127.0.0.1').on('error', () => undefined)
    const half = connect(Number(port), '127.0.0.1').on('error', () => undefined)
    half.write(`POST /trpc/session.challenge HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"key":`)
    await once(silent, 'connect')

    const before = await prepared()
    const importing = importBundle(doctor, utf8(canaryBundle({ identifier: 'MRN-CANARY-0', observations: 1500 }))).then((result) => result, (error: unknown) => error as object)
    await vi.waitFor(async () => expect(await commitsUnderWay(before)).toBe(true), { timeout: 30_000, interval: 5 })
    const asked = performance.now()
    expect(await world.app.end('SIGINT')).toBe(0)
    expect(performance.now() - asked).toBeLessThan(15_000)
    for (const socket of [silent, half]) socket.destroy()
    agent.destroy()
    const outcome = (await importing) as { readonly name?: string; readonly code?: string; readonly ids?: readonly string[] }
    if (outcome.ids === undefined) expect(outcome).toMatchObject({ name: 'Problem', code: expect.stringMatching(/OUTCOME_UNKNOWN|UNAVAILABLE/) as string })

    await world.restart('SIGINT')
    const after = await world.records()
    const added = Object.entries(after).filter(([patient]) => !(patient in records))
    if (outcome.ids !== undefined) expect(added).toHaveLength(1)
    if (added.length > 0) expect(added).toEqual([[added[0]?.[0], { Patient: 1, Observation: 1500 }]])
  }, 120_000)
})

/** Whether the server has begun to answer the commit: the open requests are the half-sent body, the commit and this question. */
async function commitsUnderWay(before: number): Promise<boolean> {
  const open = /careledger_http_requests_open (\d+)/.exec(await metrics())?.[1]
  return (await prepared()) === before + 1 && Number(open) >= 3
}

/** Imports prepared since the process began. */
async function prepared(): Promise<number> {
  return Number(/careledger_operations_total\{operation="hospital\.imports\.prepare",outcome="OK"\} (\d+)/.exec(await metrics())?.[1] ?? 0)
}

async function metrics(): Promise<string> {
  return (await fetch(`${world.url}/metrics`)).text()
}
