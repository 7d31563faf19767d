import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectSyslog } from './send-syslog.ts'
import { toFrame, toSyslog } from './to-syslog.ts'

const event = (outcome: string, name = 'x') => JSON.stringify({ resourceType: 'AuditEvent', recorded: '2026-11-26T12:00:00.000Z', outcome, name })

describe('a syslog message', () => {
  it('has the header of RFC 5424 and the event behind a byte order mark', () => {
    expect(toSyslog(event('0'), { host: 'care-1', processId: 7 })).toBe(`<85>1 2026-11-26T12:00:00.000Z care-1 careledger 7 FHIR+AuditEvent - \ufeff${event('0')}`)
    expect(toSyslog(event('4'), { host: '', processId: 7 })).toMatch(/^<84>1 \S+ - careledger 7 /)
    expect(toSyslog(event('0'), { host: 'a b\nc', processId: 7 })).toContain(' abc careledger ')
  })

  it('is framed by its length in octets, whatever its letters', () => {
    expect(toFrame('가').toString()).toBe('3 가')
  })
})

describe('syslog over TLS', () => {
  let directory: string
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'careledger-syslog-'))
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')], { stdio: 'ignore' })
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  it('arrives whole and in order, and goes to nobody whose certificate is not the one asked for', async () => {
    const [cert, key] = [readFileSync(join(directory, 'cert.pem'), 'utf8'), readFileSync(join(directory, 'key.pem'), 'utf8')]
    let received = ''
    const server = createServer({ cert, key }, (socket: TLSSocket) => socket.setEncoding('utf8').on('data', (text: string) => { received += text }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const messages = Array.from({ length: 50 }, (_, at) => toSyslog(event('0', `n${at} 가`), { host: 'care-1', processId: 1 }))
    const sender = await connectSyslog({ host: 'localhost', port, ca: cert })
    for (const message of messages) await sender.send(message)
    await sender.close()
    expect(received).toBe(messages.map((message) => `${Buffer.byteLength(message)} ${message}`).join(''))
    await expect(connectSyslog({ host: 'localhost', port })).rejects.toMatchObject({ code: 'UNREACHABLE', exitCode: 3 })
    server.close()
  })
})
