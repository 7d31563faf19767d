/** The origins that a server answers under. A Host it does not know is refused, which also ends DNS rebinding. */
export interface Origins {
  /** The own origin for a Host header; `undefined`: not ours. */
  of(host: string): string | undefined
  /** Adds the names of a listening address; gives the URL to show to people. */
  listening(address: string, port: number, scheme?: 'http' | 'https'): string
}

export function createOrigins(configured: readonly string[]): Origins {
  const byHost = new Map<string, string>()
  for (const origin of configured) {
    const url = new URL(origin)
    if (url.origin !== origin.replace(/\/$/, '')) throw new TypeError('An origin is scheme, host and port only.')
    byHost.set(url.host, url.origin)
  }
  const [first] = byHost.values()
  return {
    of: (host) => byHost.get(host.toLowerCase()),
    listening(address, port, scheme = 'http') {
      for (const name of LOOPBACK_NAMES) byHost.set(`${name}:${port}`, byHost.get(`${name}:${port}`) ?? `${scheme}://${name}:${port}`)
      const loopback = LOOPBACK_ADDRESSES.has(address)
      const name = address.includes(':') ? `[${address}]` : address
      if (!loopback && !ANY_ADDRESSES.has(address)) byHost.set(`${name}:${port}`, byHost.get(`${name}:${port}`) ?? `${scheme}://${name}:${port}`)
      return first ?? `${scheme}://${loopback || ANY_ADDRESSES.has(address) ? 'localhost' : name}:${port}`
    },
  }
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']
const LOOPBACK_ADDRESSES: ReadonlySet<string> = new Set(['127.0.0.1', '::1'])
const ANY_ADDRESSES: ReadonlySet<string> = new Set(['0.0.0.0', '::'])
