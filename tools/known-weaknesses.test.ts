import { describe, expect, it } from 'vitest'
import { judge, readAdvisories, readAllowances, type Advisory } from './known-weaknesses.ts'

const today = new Date('2026-11-26T12:00:00Z')
const advisory = (severity: string, id = 'GHSA-aaaa-bbbb-cccc'): Advisory => ({ github_advisory_id: id, module_name: 'left', severity, title: 'It falls over' })
const allowance = { id: 'GHSA-aaaa-bbbb-cccc', reason: 'Only reached by the build, never by an instance.', expires: '2026-12-31' }

describe('known weaknesses of dependencies', () => {
  it('stop a release when they are high or critical and nobody has allowed them', () => {
    expect(['info', 'low', 'moderate', 'high', 'critical'].map((severity) => judge([advisory(severity)], [], today).length)).toEqual([0, 0, 0, 1, 1])
    expect(judge([advisory('high')], [allowance], today)).toEqual([])
    expect(judge([advisory('high', 'GHSA-dddd-eeee-ffff')], [allowance], today)).toEqual(['high: left: It falls over (GHSA-dddd-eeee-ffff)'])
  })

  it('are allowed with a reason and until a day, and stop it again on that day', () => {
    expect(judge([advisory('high')], [{ ...allowance, expires: '2026-11-26' }], today)).toEqual(['high: left: It falls over (GHSA-aaaa-bbbb-cccc)', 'the allowance for GHSA-aaaa-bbbb-cccc ran out on 2026-11-26'])
    for (const wrong of [{ reason: 'later' }, { expires: 'never' }, { expires: '2027-12-31' }, { id: 'all' }]) expect(() => judge([], [{ ...allowance, ...wrong }], today)).toThrow(TypeError)
  })

  it('that are allowed here have their reason and their day', () => {
    expect(judge([], readAllowances(), new Date())).toEqual([])
  })

  it('are not taken for none where the registry does not say', () => {
    expect(readAdvisories('')).toBeUndefined()
    expect(readAdvisories('{"error":{"code":"ERR_PNPM_AUDIT_BAD_RESPONSE"}}')).toBeUndefined()
    expect(readAdvisories('{"advisories":{"1":{"github_advisory_id":"GHSA-aaaa-bbbb-cccc","module_name":"left","severity":"high","title":"x"}}}')).toHaveLength(1)
  })
})
