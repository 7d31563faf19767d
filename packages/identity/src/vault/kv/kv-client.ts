import { VaultError } from '../vault-error.ts'

export interface KvSettings {
  /** Address of the server, https; http for this machine itself. */
  readonly address: string
  /** Asked for at each call, so that a renewed one is taken up. Sent to this address only. */
  readonly token: () => Promise<string>
  /** Mount of the KV version 2 engine. Default `secret`. */
  readonly mount?: string | undefined
  /** Folder of the secrets. Default `careledger`. */
  readonly folder?: string | undefined
  /** Enterprise namespace. */
  readonly namespace?: string | undefined
  /** Default 10,000 ms. */
  readonly timeoutMs?: number | undefined
}

export interface KvClient {
  /** The newest version; `undefined`: never written, deleted or destroyed. */
  read(name: string): Promise<{ readonly data: Readonly<Record<string, unknown>>; readonly version: number } | undefined>
  /** Writes the next version where `former` is the newest (0: none); gives its number. */
  write(name: string, data: Readonly<Record<string, string>>, former: number): Promise<number>
  /** Numbers of versions before this one that can still be read. */
  formerVersions(name: string, version: number): Promise<readonly number[]>
  destroy(name: string, versions: readonly number[]): Promise<void>
}

/** The four calls of the KV version 2 API that a root needs. Errors: VAULT_ROOT_UNAVAILABLE with the status, and never address, token or content. */
export function kvClient({ address, token, mount = 'secret', folder = 'careledger', namespace, timeoutMs = 10_000 }: KvSettings): KvClient {
  const server = new URL(address)
  if (server.protocol !== 'https:' && !(server.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(server.hostname))) throw new TypeError('A server of keys is reached by https.')
  const call = async (method: string, kind: string, name: string, body?: object): Promise<{ readonly status: number; readonly body: Body }> => {
    const headers = { 'x-vault-token': await token(), 'x-vault-request': 'true', ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const url = new URL(`/v1/${mount}/${kind}/${folder}/${encodeURIComponent(name)}`, server)
    try {
      const response = await fetch(url, { method, headers, redirect: 'error', signal: AbortSignal.timeout(timeoutMs), ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      const text = await response.text()
      return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Body) }
    } catch (cause) {
      throw unavailable(0, cause)
    }
  }
  const expecting = async (statuses: readonly number[], ...request: Parameters<typeof call>): Promise<{ readonly status: number; readonly body: Body }> => {
    const answer = await call(...request)
    if (!statuses.includes(answer.status)) throw unavailable(answer.status)
    return answer
  }
  return {
    async read(name) {
      const { status, body } = await expecting([200, 404], 'GET', 'data', name)
      const { data, metadata } = body.data ?? {}
      return status === 404 || data === undefined || data === null ? undefined : { data, version: metadata?.version ?? 0 }
    },
    async write(name, data, former) {
      const { body } = await expecting([200], 'POST', 'data', name, { options: { cas: former }, data })
      if (typeof body.data?.version !== 'number') throw unavailable(200)
      return body.data.version
    },
    async formerVersions(name, version) {
      const { body } = await expecting([200], 'GET', 'metadata', name)
      // A version that is only deleted can be brought back.
      return Object.entries(body.data?.versions ?? {}).filter(([number, { destroyed }]) => Number(number) < version && !destroyed).map(([number]) => Number(number))
    },
    async destroy(name, versions) {
      await expecting([200, 204], 'PUT', 'destroy', name, { versions })
    },
  }
}

interface Body {
  readonly data?: {
    readonly data?: Readonly<Record<string, unknown>> | null
    readonly metadata?: { readonly version?: number }
    readonly version?: number
    readonly versions?: Readonly<Record<string, { readonly destroyed: boolean }>>
  }
}

function unavailable(status: number, cause?: unknown): VaultError {
  return new VaultError('VAULT_ROOT_UNAVAILABLE', 'The server that keeps the root cannot be reached, or refuses.', { cause, details: { status } })
}
