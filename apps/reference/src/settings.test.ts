import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openAccountProvider } from './identity-setting.ts'
import { readSettings } from './settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'careledger-settings-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe('settings of sign-in', () => {
  it('have defaults, and are read', () => {
    expect(readSettings({}).identity).toEqual({ nonceInEveryProof: false, tokenLifetimeMs: 600_000, sessionMaxMs: 43_200_000, privateHosts: [], provider: undefined })
    const set = readSettings({ CARELEDGER_NONCE: 'always', CARELEDGER_LOGOFF_MINUTES: '3', CARELEDGER_SESSION_HOURS: '8', CARELEDGER_PRIVATE_HOSTS: 'idp.internal, LAB.internal:8443', CARELEDGER_OIDC_ISSUER: 'https://idp.example/realm', CARELEDGER_OIDC_CLIENT: 'careledger' })
    expect(set.identity).toMatchObject({ nonceInEveryProof: true, tokenLifetimeMs: 180_000, sessionMaxMs: 28_800_000, privateHosts: ['idp.internal', 'lab.internal:8443'], provider: { issuer: 'https://idp.example/realm', clientId: 'careledger', name: 'idp.example' } })
  })

  it.each([
    [{ CARELEDGER_LOGOFF_MINUTES: '11' }, 'CARELEDGER_LOGOFF_MINUTES'], [{ CARELEDGER_NONCE: 'never' }, 'CARELEDGER_NONCE'], [{ CARELEDGER_OIDC_ISSUER: 'https://idp.example' }, 'CARELEDGER_OIDC_CLIENT'],
    [{ CARELEDGER_OIDC_NAME: 'Staff' }, 'CARELEDGER_OIDC_ISSUER'], [{ CARELEDGER_KV: 'https://vault.example' }, 'CARELEDGER_KV_TOKEN_FILE'],
  ])('%j is refused by name', (env, name) => {
    expect(() => readSettings(env)).toThrow(name)
  })

  it('name no secret and no address where they are wrong', () => {
    writeFileSync(join(directory, 'secret'), 'the-secret\n')
    const provider = { clientId: 'c', name: 'x', secretFile: join(directory, 'secret') }
    expect(openAccountProvider({ ...provider, issuer: 'https://idp.example' }).name).toBe('x')
    for (const given of [{ ...provider, issuer: 'http://idp.example' }, { ...provider, issuer: 'https://idp.example', secretFile: join(directory, 'none') }]) {
      expect(() => openAccountProvider(given)).toThrow(/CARELEDGER_OIDC/)
      expect(() => openAccountProvider(given)).not.toThrow(/the-secret|idp\.example/)
    }
  })
})
