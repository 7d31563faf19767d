import { bilingual } from '../bilingual.ts'

/** Codes of FHIR that people meet often; any other code is shown as the hospital wrote it. */
export const codeWords = bilingual({
  'final': 'final', 'preliminary': 'preliminary', 'amended': 'corrected', 'corrected': 'corrected', 'registered': 'registered',
  'active': 'active', 'inactive': 'not active', 'resolved': 'resolved', 'recurrence': 'has come back', 'remission': 'in remission',
  'confirmed': 'confirmed', 'unconfirmed': 'not confirmed', 'provisional': 'provisional', 'differential': 'one of several possible',
  'current': 'current', 'superseded': 'replaced', 'completed': 'completed', 'finished': 'finished', 'in-progress': 'in progress', 'planned': 'planned', 'cancelled': 'cancelled', 'stopped': 'stopped', 'on-hold': 'on hold', 'entered-in-error': 'entered by mistake',
  'vital-signs': 'vital signs', 'laboratory': 'laboratory', 'survey': 'questionnaire', 'exam': 'examination', 'imaging': 'imaging', 'procedure': 'procedure', 'social-history': 'way of living', 'therapy': 'therapy',
  'encounter-diagnosis': 'found during a visit', 'problem-list-item': 'lasting condition', 'food': 'food', 'medication': 'medicine', 'environment': 'surroundings', 'biologic': 'biological',
  'low': 'low', 'high': 'high', 'unable-to-assess': 'not known', 'mild': 'mild', 'moderate': 'moderate', 'severe': 'severe',
  'AMB': 'outpatient', 'IMP': 'inpatient', 'EMER': 'emergency', 'VR': 'by telephone or video', 'HH': 'at home',
  'routine': 'routine', 'urgent': 'urgent', 'asap': 'as soon as possible', 'stat': 'at once',
  'female': 'female', 'male': 'male', 'true': 'yes', 'false': 'no',
}, {
  'final': '최종', 'preliminary': '중간 결과', 'amended': '수정됨', 'corrected': '수정됨', 'registered': '등록됨',
  'active': '진행 중', 'inactive': '진행 중 아님', 'resolved': '나음', 'recurrence': '재발', 'remission': '호전 상태',
  'confirmed': '확진', 'unconfirmed': '확진 아님', 'provisional': '잠정', 'differential': '감별 진단',
  'current': '유효', 'superseded': '대체됨', 'completed': '완료', 'finished': '끝남', 'in-progress': '진행 중', 'planned': '예정', 'cancelled': '취소됨', 'stopped': '중단됨', 'on-hold': '보류', 'entered-in-error': '잘못 입력됨',
  'vital-signs': '활력 징후', 'laboratory': '검사실 검사', 'survey': '설문', 'exam': '진찰', 'imaging': '영상 검사', 'procedure': '시술', 'social-history': '생활 습관', 'therapy': '치료',
  'encounter-diagnosis': '진료 중 진단', 'problem-list-item': '지속되는 문제', 'food': '음식', 'medication': '약', 'environment': '환경', 'biologic': '생물학적 제제',
  'low': '낮음', 'high': '높음', 'unable-to-assess': '알 수 없음', 'mild': '가벼움', 'moderate': '보통', 'severe': '심함',
  'AMB': '외래', 'IMP': '입원', 'EMER': '응급', 'VR': '전화·영상 진료', 'HH': '방문 진료',
  'routine': '보통', 'urgent': '긴급', 'asap': '되도록 빨리', 'stat': '즉시',
  'female': '여', 'male': '남', 'true': '예', 'false': '아니요',
})
