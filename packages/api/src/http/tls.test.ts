import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstance } from '../__fixtures__/instance.ts'
import type { TestInstance } from '../__fixtures__/instance.ts'
import { createServer } from './create-server.ts'
import { startRedirect } from './redirect.ts'

let directory: string
let tls: { readonly cert: string; readonly key: string }
let instance: TestInstance
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'careledger-tls-'))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')], { stdio: 'ignore' })
  tls = { cert: readFileSync(join(directory, 'cert.pem'), 'utf8'), key: readFileSync(join(directory, 'key.pem'), 'utf8') }
  instance = await startInstance()
})
afterAll(async () => {
  await instance.stop()
  rmSync(directory, { recursive: true })
})

/** One request over TLS: status and body. */
const ask = (url: string) => new Promise<readonly [number | undefined, string]>((resolve, reject) => {
  request(url, { ca: tls.cert }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => resolve([response.statusCode, text]))
  }).on('error', reject).end()
})
const handshake = (options: ConnectionOptions) => new Promise<string | null>((resolve, reject) => {
  const socket = connect({ host: 'localhost', ca: tls.cert, ...options }, () => { resolve(socket.getProtocol()); socket.destroy() }).on('error', reject)
})

describe('a server with a certificate', () => {
  it('is answered over TLS 1.2 or later and not in the clear', async () => {
    const server = createServer({ operations: {}, parts: instance.parts, auth: instance.auth, logger: { debug() {}, info() {}, warn() {}, error() {} }, tls })
    const { url, port } = await server.listen()
    try {
      expect(url).toBe(`https://localhost:${port}`)
      expect((await ask(`${url}/health/live`))[0]).toBe(200)
      expect(await handshake({ port })).toBe('TLSv1.3')
      expect(await handshake({ port, maxVersion: 'TLSv1.2' })).toBe('TLSv1.2')
      await expect(handshake({ port, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })).rejects.toThrow()
      await expect(fetch(`http://localhost:${port}/health/live`)).rejects.toThrow()
      await expect(handshake({ port, ca: undefined })).rejects.toThrow(/self-signed/)
    } finally {
      await server.stop()
    }
  })

  it('sends plain HTTP on to itself, and takes nothing that was sent in the clear', async () => {
    const redirect = await startRedirect({ port: 0, origin: 'https://care.example' })
    try {
      const get = await fetch(`http://127.0.0.1:${redirect.port}/patients?x=1`, { redirect: 'manual' })
      expect([get.status, get.headers.get('location')]).toEqual([308, 'https://care.example/patients?x=1'])
      const post = await fetch(`http://127.0.0.1:${redirect.port}/trpc/session.start`, { method: 'POST', body: '{}', redirect: 'manual' })
      expect([post.status, post.headers.get('location')]).toEqual([403, null])
    } finally {
      await redirect.stop()
    }
  })
})
