import { accountLinkDraft, accountUnlinkDraft, createCareLedgerClient, revocationDraft, signAs, type CareLedgerClient } from '@careledger/client'
import { createAccountProvider } from '@careledger/identity'
import { keyOfAccount } from '@careledger/logic'
import { accountId } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey, startInstance, type TestInstance } from './__fixtures__/instance.ts'
import { startOidcProvider, type TestProvider } from './__fixtures__/oidc-provider.ts'

let provider: TestProvider
let instance: TestInstance
let hospital: CareLedgerClient

beforeAll(async () => {
  provider = await startOidcProvider(() => `${instance.url}/sign-in/account`)
  const { issuer, clientId, clientSecret } = provider
  instance = await startInstance({ identity: (parts) => ({ accounts: { keyOf: (account) => keyOfAccount(parts, account), provider: createAccountProvider({ issuer, clientId, clientSecret, name: 'Hospital A staff' }) } }) })
  hospital = await instance.as('hospital-a')
  await link('doctor-a', 'sub-doctor-a')
})
afterAll(async () => {
  await instance.stop()
  await provider.stop()
})

const refusedWith = (code: string, check?: string) => expect.objectContaining({ name: 'Problem', code, ...(check === undefined ? {} : { details: expect.objectContaining({ check }) }) })
const link = async (party: string, subject: string, by = hospital) => by.identity.accounts.link.mutate({ entry: await signAs(by, accountLinkDraft({ party, issuer: provider.issuer, subject }, 'hospital-a')) })
const unlink = async (subject: string) => hospital.identity.accounts.unlink.mutate({ entry: await signAs(hospital, accountUnlinkDraft(accountId(provider.issuer, subject), 'hospital-a')) })

/** As a browser does: a key of its own, to the provider, and back. */
async function begin() {
  const client = createCareLedgerClient({ url: instance.url })
  const { signer } = await newKey()
  const { url } = (await client.callAs(signer, 'session.account.begin', {})) as { readonly url: string }
  return { client, signer, url }
}
async function signInAs(subject: string): Promise<CareLedgerClient> {
  const { client, signer, url } = await begin()
  await client.signInByAccount(signer, await provider.answer(url, subject))
  return client
}

describe('sign-in of staff by an account', () => {
  it('reads by the person\'s role, and asks for the key where something is changed or signed', async () => {
    const doctor = await signInAs('sub-doctor-a')
    expect(doctor.actor).toMatchObject({ party: 'doctor-a', roles: ['doctor'], means: 'account', key: instance.keyOf('doctor-a').signer.key })
    expect((await doctor.identity.directory.query({})).items.length).toBeGreaterThan(0)
    await expect(doctor.hospital.emergency.open.mutate({ entry: { entry: '{}', signature: { jws: 'x' } } } as never)).rejects.toThrow(refusedWith('NOT_ALLOWED', 'key'))
    await expect(doctor.identity.devices.rename.mutate({ key: doctor.actor?.key ?? '', name: 'x' })).rejects.toThrow(refusedWith('NOT_ALLOWED', 'key'))
    await expect(signAs(doctor, revocationDraft(doctor.actor?.key ?? '', 'hospital-a'))).rejects.toThrow(refusedWith('NOT_ALLOWED', 'key'))
    // Not even with an entry that the person's own key has signed elsewhere.
    const entry = await signAs(await instance.as('doctor-a'), revocationDraft(instance.keyOf('doctor-a').signer.key, 'hospital-a'))
    await expect(doctor.identity.revoke.mutate({ entry })).rejects.toThrow(refusedWith('NOT_ALLOWED', 'key'))
  })

  it('lasts as a session by key does: it is renewed, stands in the list as what it is, and is ended from elsewhere', async () => {
    const [doctor, byKey] = [await signInAs('sub-doctor-a'), await instance.as('doctor-a')]
    expect((await doctor.session.refresh.mutate({})).actor.means).toBe('account')
    const { items } = await byKey.session.list.query({})
    expect(items.filter(({ account, current }) => account && !current).length).toBeGreaterThan(0)
    await byKey.session.endAll.mutate({ keepThis: true })
    await expect(doctor.session.me.query({})).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'session'))
    expect((await byKey.session.me.query({})).means).toBeUndefined()
  })

  it('of an account that is linked to nobody is refused, and says which', async () => {
    await expect(signInAs('sub-nobody')).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'account'))
  })

  it('ends at the next call once an administrator unlinks the account, and never goes to another person with it', async () => {
    await link('clerk-a', 'sub-clerk-a')
    const clerk = await signInAs('sub-clerk-a')
    expect((await clerk.session.me.query({})).party).toBe('clerk-a')
    await unlink('sub-clerk-a')
    await link('officer-a', 'sub-clerk-a')
    await expect(clerk.session.me.query({})).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'session'))
    expect((await (await signInAs('sub-clerk-a')).session.me.query({})).party).toBe('officer-a')
    await unlink('sub-clerk-a')
    await expect(signInAs('sub-clerk-a')).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'account'))
  })

  it('is linked by an organisation for its own staff alone, to one person, never to a patient', async () => {
    const strangers = [['doctor-b', hospital], ['patient-a', hospital], ['nobody', hospital], ['system-a', hospital], ['hospital-a', hospital], ['doctor-a', await instance.as('hospital-b')], ['doctor-a', await instance.as('doctor-a')], ['doctor-a', await instance.as('platform')]] as const
    for (const [party, by] of strangers) await expect(link(party, 'sub-stranger', by), party).rejects.toThrow(refusedWith('NOT_ALLOWED'))
    await expect(link('clerk-a', 'sub-doctor-a')).rejects.toThrow(refusedWith('ENTRY_CONFLICT'))
    expect((await hospital.identity.accounts.list.query({})).items).toEqual([expect.objectContaining({ party: 'doctor-a', issuer: provider.issuer, account: accountId(provider.issuer, 'sub-doctor-a') })])
    await expect((await instance.as('doctor-a')).identity.accounts.list.query({})).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })

  it('ends only in the browser that began it, once, with the state it began with, and within ten minutes', async () => {
    const [one, other] = [await begin(), await begin()]
    const answered = await provider.answer(one.url, 'sub-doctor-a')
    await expect(other.client.signInByAccount(other.signer, answered)).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'attempt'))
    const elsewhere = await provider.answer(other.url, 'sub-doctor-a')
    await expect(one.client.signInByAccount(one.signer, { ...answered, state: elsewhere['state'] as string })).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'attempt'))
    // A code of another attempt was given out for another verifier and nonce.
    await expect(one.client.signInByAccount(one.signer, { ...answered, code: elsewhere['code'] as string })).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'attempt'))
    await expect(one.client.signInByAccount(one.signer, answered)).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'attempt'))
    const late = await begin()
    const lateAnswer = await provider.answer(late.url, 'sub-doctor-a')
    instance.clock.offsetMs += 601_000
    try {
      await expect(late.client.signInByAccount(late.signer, lateAnswer)).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'attempt'))
    } finally {
      instance.clock.offsetMs = 0
    }
  })

  it('is refused where the person said no at the provider', async () => {
    const { client, signer, url } = await begin()
    await expect(client.signInByAccount(signer, { error: 'access_denied', state: new URL(url).searchParams.get('state') as string, iss: provider.issuer })).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'attempt'))
  })

  it('asks for PKCE and a nonce, and sends neither secret nor person', async () => {
    const { url } = await begin()
    const asked = new URL(url).searchParams
    expect([asked.get('response_type'), asked.get('code_challenge_method'), asked.get('scope')]).toEqual(['code', 'S256', 'openid'])
    expect([asked.get('code_challenge')?.length, (asked.get('nonce') ?? '').length > 20, url.includes(provider.clientSecret)]).toEqual([43, true, false])
  })

  it('ends with the person\'s last key', async () => {
    await link('officer-a', 'sub-officer-a')
    const officer = await signInAs('sub-officer-a')
    await hospital.identity.revoke.mutate({ entry: await signAs(hospital, revocationDraft(instance.keyOf('officer-a').signer.key, 'hospital-a')) })
    await expect(officer.session.me.query({})).rejects.toThrow(refusedWith('KEY_REVOKED'))
    await expect(signInAs('sub-officer-a')).rejects.toThrow(refusedWith('NOT_SIGNED_IN', 'account'))
  })
})

describe('an instance without a provider', () => {
  it('says so, and begins no sign-in by account', async () => {
    await using plain = await startInstance()
    const client = createCareLedgerClient({ url: plain.url })
    expect(await client.session.account.provider.query({})).toEqual({})
    await expect(client.callAs((await newKey()).signer, 'session.account.begin', {})).rejects.toThrow(refusedWith('NOT_ALLOWED'))
  })
})
