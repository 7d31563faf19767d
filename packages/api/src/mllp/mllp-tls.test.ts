import 'reflect-metadata'
import { once } from 'node:events'
import { KeyObject, webcrypto } from 'node:crypto'
import { connect as connectPlain } from 'node:net'
import { connect, type ConnectionOptions } from 'node:tls'
import * as x509 from '@peculiar/x509'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMllpListener } from './create-mllp-listener.ts'
import type { MllpListener } from './create-mllp-listener.ts'

type Keys = x509.X509CertificateCreateSelfSignedParams['keys']
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000

/** A certificate authority for a day, and what it issues: PEM texts. */
async function authority(name: string) {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as unknown as Keys
  const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) }
  const root = await x509.X509CertificateGenerator.createSelfSigned({ ...validity, name: `CN=${name}`, keys, signingAlgorithm: algorithm, extensions: [new x509.BasicConstraintsExtension(true, undefined, true)] })
  return {
    ca: root.toString('pem'),
    issue: async (subject: string) => {
      const own = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as unknown as Keys
      const certificate = await x509.X509CertificateGenerator.create({ ...validity, subject: `CN=${subject}`, issuer: root.subject, publicKey: own.publicKey, signingKey: keys.privateKey, signingAlgorithm: algorithm, extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])] })
      return { cert: certificate.toString('pem'), key: KeyObject.from(own.privateKey as unknown as webcrypto.CryptoKey).export({ type: 'pkcs8', format: 'pem' }) as string }
    },
  }
}

const listeners: MllpListener[] = []
const received: string[] = []
let hospital: Awaited<ReturnType<typeof authority>>
let server: Awaited<ReturnType<typeof hospital.issue>>
beforeAll(async () => {
  hospital = await authority('hospital')
  server = await hospital.issue('careledger')
})
afterAll(() => Promise.all(listeners.map((listener) => listener.stop())))

async function listen(ca?: string): Promise<number> {
  const listener = createMllpListener({ tls: { ...server, ca }, receive: (message) => Promise.resolve({ ack: `ACK ${received.push(Buffer.from(message).toString())}` }) })
  listeners.push(listener)
  return (await listener.listen()).port
}

/** Sends one message; gives the acknowledgement, or why there is none. */
async function send(port: number, options: ConnectionOptions): Promise<string> {
  const socket = connect({ port, host: 'localhost', ca: hospital.ca, ...options })
  const failed = new Promise<string>((resolve) => socket.once('error', () => resolve('refused')).once('close', () => resolve('refused')))
  socket.write('\x0bMSH|x\x1c\r')
  const answer = await Promise.race([failed, once(socket, 'data').then(([data]) => (data as Buffer).toString())])
  socket.destroy()
  return answer
}

describe('MLLP over TLS', () => {
  it('is encrypted, and takes nothing in the clear', async () => {
    const port = await listen()
    expect(await send(port, {})).toMatch(/^\x0bACK \d+\x1c\r$/)
    const stranger = await authority('another')
    expect(await send(port, { ca: stranger.ca })).toBe('refused')
    const before = received.length
    const plain = connectPlain(port, '127.0.0.1')
    plain.on('error', () => undefined)
    plain.write('\x0bMSH|x\x1c\r')
    await once(plain, 'close')
    expect(received.length).toBe(before)
  })

  it('with an authority for senders lets in those whom it certified, and nobody else', async () => {
    const port = await listen(hospital.ca)
    const before = received.length
    expect([await send(port, {}), await send(port, await (await authority('another')).issue('his'))]).toEqual(['refused', 'refused'])
    expect(received.length).toBe(before)
    expect(await send(port, await hospital.issue('his'))).toContain('ACK')
    expect(received.length).toBe(before + 1)
  })
})
