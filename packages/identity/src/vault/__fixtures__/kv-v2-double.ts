import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Version { data: Record<string, unknown> | null; destroyed: boolean }

/** A faithful double of the KV version 2 engine: check-and-set, versions, destroying for good, metadata, tokens. */
export async function startKvDouble() {
  const secrets = new Map<string, Version[]>()
  const state = { token: 'a-token', down: false, loseNextAnswer: false, calls: [] as string[] }
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      const send = (status: number, body?: object) => {
        if (state.loseNextAnswer && request.method === 'POST') return void ((state.loseNextAnswer = false), request.socket.destroy())
        response.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body))
      }
      if (state.down) return send(503, { errors: ['Vault is sealed'] })
      if (request.headers['x-vault-token'] !== state.token) return send(403, { errors: ['permission denied'] })
      const [, kind = '', name = ''] = /^\/v1\/secret\/(data|metadata|destroy)\/(.+)$/.exec(request.url ?? '') ?? []
      const versions = secrets.get(name) ?? []
      state.calls.push(`${request.method ?? ''} ${kind}`)
      const body = (text === '' ? {} : JSON.parse(text)) as { readonly options?: { readonly cas?: number }; readonly data?: Record<string, unknown>; readonly versions?: readonly number[] }
      if (kind === 'data' && request.method === 'POST') {
        if (body.options?.cas !== undefined && body.options.cas !== versions.length) return send(400, { errors: ['check-and-set parameter did not match the current version'] })
        secrets.set(name, [...versions, { data: body.data ?? {}, destroyed: false }])
        return send(200, { data: { version: versions.length + 1, destroyed: false } })
      }
      if (kind === 'data') {
        const newest = versions.at(-1)
        if (newest === undefined) return send(404, { errors: [] })
        return send(newest.destroyed ? 404 : 200, { data: { data: newest.data, metadata: { version: versions.length, destroyed: newest.destroyed } } })
      }
      if (kind === 'destroy' && request.method === 'PUT') {
        for (const number of body.versions ?? []) Object.assign(versions[number - 1] ?? {}, { data: null, destroyed: true })
        return send(204)
      }
      if (kind === 'metadata' && versions.length > 0) return send(200, { data: { current_version: versions.length, versions: Object.fromEntries(versions.map(({ destroyed }, place) => [place + 1, { destroyed }])) } })
      send(404, { errors: [] })
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    state, secrets,
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
