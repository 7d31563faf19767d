import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider from 'oidc-provider'

/** A real OpenID provider on loopback that lets in whoever the test says, without a page to click on. */
export interface TestProvider {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** Goes where the browser is sent, signs in as this subject, and gives what the browser comes back with. */
  answer(url: string, subject: string): Promise<Readonly<Record<string, string>>>
  stop(): Promise<void>
}

/** `redirectUri` is asked at the first request: the address of what signs in by it may not be known before. */
export async function startOidcProvider(redirectUri: () => string): Promise<TestProvider> {
  let provider: Provider | undefined
  let subject = ''
  const server: Server = createServer((request, response) => {
    provider ??= createProvider()
    if (request.url?.startsWith('/interaction/') !== true) return void provider.callback()(request, response)
    void provider.interactionFinished(request, response, { login: { accountId: subject } }, { mergeWithLastSubmission: false })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [clientId, clientSecret] = ['careledger', 'a-secret-of-the-test-that-is-long-enough']
  const createProvider = () => new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri()], grant_types: ['authorization_code'], response_types: ['code'] }],
    pkce: { required: () => true },
    cookies: { keys: ['test'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    async loadExistingGrant(context) {
      const { oidc } = context
      const grant = new (provider as Provider).Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    },
  })
  return {
    issuer, clientId, clientSecret,
    async answer(start, who) {
      subject = who
      const cookies = new Map<string, string>()
      for (let [at, steps] = [start, 0]; steps < 10; steps += 1) {
        const response = await fetch(at, { redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } })
        for (const cookie of response.headers.getSetCookie()) cookies.set(cookie.slice(0, cookie.indexOf('=')), cookie.slice(cookie.indexOf('=') + 1).split(';', 1)[0] as string)
        at = new URL(response.headers.get('location') ?? '', at).href
        if (at.startsWith(redirectUri())) return Object.fromEntries(new URL(at).searchParams)
      }
      throw new Error('The provider did not send the browser back.')
    },
    stop: () => new Promise((done) => {
      server.closeAllConnections()
      server.close(() => done())
    }),
  }
}
