import type { ExplainWords } from './explain-words.ts'

const bases = { 'chosen': '본인이 정한 사람', 'parent': '부모', 'legal-guardian': '법정 후견인' } as const

export const korean: ExplainWords = {
  purposes: { 'treatment': '진료', 'payment': '진료비 처리', 'research': '연구', 'operations': '병원 운영', 'patient-request': '본인 요청' },
  purposesOfOther: { 'treatment': '진료', 'payment': '진료비 처리', 'research': '연구', 'operations': '병원 운영', 'patient-request': '환자 요청' },
  sensitivities: { GDIS: '유전 질환', HIV: 'HIV', PSY: '정신건강', R: '제한으로 표시된 기록', SDV: '폭력과 학대', SEX: '성·생식 건강', STD: '성매개 감염', SUD: '음주와 약물 사용' },
  reasons: { 'unconscious': '의식 없음', 'cannot-communicate': '의사소통 불가', 'no-time': '물어볼 시간 없음', 'other': '그 밖의 사유' },
  everything: '모든 기록',
  list: (words) => (words.length === 0 ? '기록 내용 없음' : words.join(', ')),
  opened: ({ who, what, custodian, at, you }) => (you ? `${at}에 ${who} 님이 ${custodian}에 있는 내 기록을 열어 보았습니다: ${what}.` : `${at}에 ${custodian}에 있는 기록을 열어 보았습니다: ${what}.`),
  refused: ({ who, custodian, at }) => `${at}에 ${who} 님이 ${custodian}에 있는 내 기록을 요청했고 거절되었습니다.`,
  self: '본인 기록은 누구나 볼 수 있으므로 허용되었습니다.',
  staff: (custodian) => `이 기록을 보관하는 ${custodian}에서 일하므로 허용되었습니다.`,
  review: (custodian) => `${custodian}의 개인정보 보호 담당자로서 응급 열람을 검토하므로 허용되었습니다. 적어 낸 사유만 보았고 기록 내용은 보지 않았습니다.`,
  link: '환자가 만든 링크로 허용되었습니다.',
  none: '허용할 근거가 없었습니다. 유효한 동의도 응급 열람도 없었습니다.',
  consent: ({ entry, grantee, given, you }) => `${you ? '내가' : '환자가'} ${given}에 준 동의로 허용되었습니다. 받은 쪽: ${grantee}. 동의 번호: ${entry}.`,
  terms: ({ what, from, to, purpose, until }) => `동의한 내용: ${what}${from === undefined ? '' : `, ${from}부터`}${to === undefined ? '' : `, ${to}까지의 기록`}. 목적: ${purpose}. 끝나는 때: ${until}.`,
  leftOut: (kinds) => `빠지는 기록: ${kinds}.`,
  exception: ({ what, from, to, people }) => `${people === 0 ? '' : `이름을 적은 ${people}명에게는 `}빠지는 것: ${what}${from === undefined ? '' : `, ${from}부터`}${to === undefined ? '' : `, ${to}까지`}.`,
  delegate: ({ entry, basis, until, you }) => `${you ? '나를' : '환자를'} 대신하는 사람이므로${basis === undefined ? '' : `(${bases[basis]})`} 허용되었습니다. ${until === undefined ? '그 뒤에 끝났습니다.' : `${until}까지입니다.`} 번호: ${entry}.`,
  role: '맡은 역할로 허용되었습니다. 이 일로 기록을 열지는 않았습니다.',
  onlyRole: { 'doctor': '의사만 볼 수 있습니다.', 'records-clerk': '기록 담당자만 볼 수 있습니다.', 'system': '시스템만 볼 수 있습니다.' },
  mayPassOn: '이 범위와 기간 안에서 이름을 밝혀 다른 곳에 전할 수 있습니다.',
  passedOn: ({ name, entry }) => `동의 ${entry}에서 허용한 대로 ${name}에서 전했습니다.`,
  actedBy: ({ name, basis, you }) => `${name} 님이 ${you ? '나를' : '환자를'} 대신해 주었습니다(${bases[basis]}).`,
  withdrawn: (entry) => `그 뒤에 철회되었습니다(${entry}).`,
  emergency: ({ entry, reason, at, until, seal, kinds }) => `${at}에 시작된 응급 열람으로 허용되었습니다(사유: ${reason}). ${until}에 저절로 끝납니다. ${seal ? `동의한 범위에 더한 것: ${kinds}.` : kinds === '기록 내용 없음' ? '가장 민감한 기록은 빠집니다.' : `함께 연 민감한 기록: ${kinds}.`} 번호: ${entry}.`,
  reviewed: { open: '아직 검토가 끝나지 않았습니다.', justified: '병원이 검토했고 정당하다고 판단했습니다.', misuse: '병원이 검토했고 잘못 쓰였다고 판단했습니다.' },
}
