import { bilingual } from '../bilingual.ts'

/** Names of the kinds of record that are met less often; the common ones stand among the fields. */
export const kindWords = bilingual({
  Account: 'Accounts', AdverseEvent: 'Adverse events', Appointment: 'Appointments', AppointmentResponse: 'Answers to appointments', AuditEvent: 'Audit events', Basic: 'Other information',
  Binary: 'Files', BodyStructure: 'Body structures', ChargeItem: 'Charges', ClaimResponse: 'Answers to claims', ClinicalImpression: 'Clinical impressions', Communication: 'Messages',
  CommunicationRequest: 'Requests to tell', Composition: 'Documents in sections', Consent: 'Consents', Contract: 'Contracts', CoverageEligibilityRequest: 'Questions about cover', CoverageEligibilityResponse: 'Answers about cover',
  DetectedIssue: 'Warnings', DeviceRequest: 'Device orders', DeviceUseStatement: 'Devices used', DocumentManifest: 'Sets of documents', EnrollmentRequest: 'Enrolment requests', EnrollmentResponse: 'Answers to enrolment',
  EpisodeOfCare: 'Episodes of care', FamilyMemberHistory: 'Family history', Flag: 'Alerts', Group: 'Groups', GuidanceResponse: 'Guidance', HealthcareService: 'Services',
  ImmunizationEvaluation: 'Vaccination evaluations', ImmunizationRecommendation: 'Vaccinations recommended', Invoice: 'Invoices', List: 'Lists', MeasureReport: 'Quality reports', Media: 'Pictures and recordings',
  MedicationDispense: 'Medicines dispensed', MedicationStatement: 'Medicines taken', MessageHeader: 'Message heads', MolecularSequence: 'Gene sequences', NutritionOrder: 'Diet orders', PaymentNotice: 'Payment notes',
  Person: 'People', PractitionerRole: 'Roles of practitioners', QuestionnaireResponse: 'Questionnaires answered', RelatedPerson: 'People close to the patient', RequestGroup: 'Groups of orders', ResearchSubject: 'Studies taken part in',
  RiskAssessment: 'Risk assessments', Schedule: 'Schedules', ServiceRequest: 'Orders', Slot: 'Time slots', Specimen: 'Specimens', Substance: 'Substances',
  SupplyDelivery: 'Supplies delivered', SupplyRequest: 'Supplies asked for', Task: 'Tasks', VisionPrescription: 'Glasses and lenses',
}, {
  Account: '계정', AdverseEvent: '이상 반응', Appointment: '예약', AppointmentResponse: '예약 응답', AuditEvent: '감사 기록', Basic: '기타 정보',
  Binary: '파일', BodyStructure: '신체 부위', ChargeItem: '비용 항목', ClaimResponse: '청구 응답', ClinicalImpression: '임상 소견', Communication: '전달 사항',
  CommunicationRequest: '전달 요청', Composition: '진료 문서', Consent: '동의', Contract: '계약', CoverageEligibilityRequest: '보험 자격 조회', CoverageEligibilityResponse: '보험 자격 응답',
  DetectedIssue: '감지된 문제', DeviceRequest: '기기 처방', DeviceUseStatement: '기기 사용', DocumentManifest: '문서 묶음', EnrollmentRequest: '가입 신청', EnrollmentResponse: '가입 응답',
  EpisodeOfCare: '진료 기간', FamilyMemberHistory: '가족력', Flag: '주의 표시', Group: '집단', GuidanceResponse: '안내 결과', HealthcareService: '의료 서비스',
  ImmunizationEvaluation: '예방접종 평가', ImmunizationRecommendation: '권장 예방접종', Invoice: '계산서', List: '목록', MeasureReport: '지표 보고', Media: '사진과 영상',
  MedicationDispense: '조제', MedicationStatement: '복용 중인 약', MessageHeader: '메시지 머리', MolecularSequence: '유전자 서열', NutritionOrder: '식이 처방', PaymentNotice: '지급 알림',
  Person: '사람', PractitionerRole: '의료진 역할', QuestionnaireResponse: '설문 응답', RelatedPerson: '관련된 사람', RequestGroup: '묶음 지시', ResearchSubject: '연구 참여',
  RiskAssessment: '위험 평가', Schedule: '일정', ServiceRequest: '의뢰', Slot: '예약 시간', Specimen: '검체', Substance: '물질',
  SupplyDelivery: '물품 전달', SupplyRequest: '물품 요청', Task: '할 일', VisionPrescription: '안경·렌즈 처방',
})
