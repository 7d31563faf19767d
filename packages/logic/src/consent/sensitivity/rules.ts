import type { Sensitivity } from './kinds.ts'

/** One rule: codes of these systems that make a record of this kind. */
export interface SensitivityRule {
  readonly kind: Sensitivity
  readonly systems: readonly string[]
  /** Three-character categories, both ends included. */
  readonly ranges?: readonly (readonly [string, string])[] | undefined
  readonly prefixes?: readonly string[] | undefined
  readonly codes?: readonly string[] | undefined
  /** Where it is written that these codes are of this kind. */
  readonly source: string
}

/** ICD-10 and what is made from it with the same categories: the American and German modifications, and the Korean KCD. */
const icd10 = ['http://hl7.org/fhir/sid/icd-10', 'http://hl7.org/fhir/sid/icd-10-cm', 'http://fhir.de/CodeSystem/bfarm/icd-10-gm', 'http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-8', 'http://www.hl7korea.or.kr/CodeSystem/kostat-kcd-9'] as const
const loinc = ['http://loinc.org'] as const
const snomed = ['http://snomed.info/sct'] as const
const atc = ['http://www.whocc.no/atc'] as const
const who = 'WHO ICD-10, version 2019'
const whoAtc = 'WHO ATC index'

/**
 * By code, for records whose author set no label. Changing this changes what is projected: raise PROJECTIONS_FORM. The rules err on the side
 * of taking apart, and they know codes only: what stands in free text is labelled by its author or not at all.
 */
export const sensitivityRules: readonly SensitivityRule[] = [
  { kind: 'PSY', systems: icd10, ranges: [['F00', 'F09'], ['F20', 'F99'], ['X60', 'X84']], prefixes: ['R45.8', 'Z91.5'], source: `${who}, chapter V but for F10-F19; X60-X84 intentional self-harm; R45.8, Z91.5` },
  { kind: 'SUD', systems: icd10, ranges: [['F10', 'F19']], prefixes: ['Z50.2', 'Z50.3', 'Z71.4', 'Z71.5', 'Z72.2', 'Z86.4', 'T40'], source: `${who}, F10-F19 mental and behavioural disorders due to psychoactive substance use; T40; Z codes of rehabilitation and counselling` },
  { kind: 'HIV', systems: icd10, ranges: [['B20', 'B24']], prefixes: ['Z21', 'R75', 'O98.7', 'Z11.4', 'Z20.6', 'Z71.7', 'F02.4'], source: `${who}, B20-B24 human immunodeficiency virus disease; Z21, R75, O98.7, Z11.4, Z20.6, Z71.7, F02.4` },
  { kind: 'STD', systems: icd10, ranges: [['A50', 'A64']], prefixes: ['Z11.3', 'Z20.2', 'O98.1', 'O98.2', 'O98.3'], source: `${who}, A50-A64 infections with a predominantly sexual mode of transmission; Z11.3, Z20.2, O98.1-O98.3` },
  { kind: 'SEX', systems: icd10, ranges: [['O04', 'O04'], ['F64', 'F66'], ['Z30', 'Z31']], prefixes: ['F52', 'Z64.0', 'Z32', 'N97', 'N46'], source: `${who}, O04 medical abortion, F52 and F64-F66, Z30-Z32, Z64.0, N46, N97` },
  { kind: 'SDV', systems: icd10, ranges: [['Y05', 'Y07']], prefixes: ['T74', 'Z61.4', 'Z61.5', 'Z61.6', 'Z63.0'], source: `${who}, T74 maltreatment syndromes, Y05-Y07, Z61.4-Z61.6, Z63.0` },
  { kind: 'GDIS', systems: icd10, prefixes: ['D57', 'G10', 'E84', 'Z14', 'Z15', 'Z31.5'], source: `${who}, D57, E84, G10, Z31.5; ICD-10-CM, Z14-Z15 genetic carrier and susceptibility` },

  { kind: 'PSY', systems: loinc, codes: ['44249-1', '44261-6', '55758-7', '70274-6', '69737-5', '71354-5', '89204-2'], source: 'LOINC: PHQ-9, PHQ-2, GAD-7, EPDS' },
  { kind: 'SUD', systems: loinc, codes: ['75626-2', '75624-7', '82667-7', '3397-7', '3426-4', '3879-4', '5643-2'], source: 'LOINC: AUDIT-C, AUDIT, DAST-10; cocaine, cannabinoids and opiates in urine, ethanol in serum' },
  { kind: 'HIV', systems: loinc, codes: ['75622-1', '7917-8', '7918-6', '56888-1', '20447-9', '25836-8', '48345-3', '5220-9', '29893-5', '68961-2'], source: 'LOINC: HIV 1 and 2 antibody, antigen and RNA' },
  { kind: 'STD', systems: loinc, codes: ['21613-5', '24111-7', '20507-0', '5292-8', '22587-0', '43305-2', '43304-5', '31147-2'], source: 'LOINC: Chlamydia trachomatis, Neisseria gonorrhoeae and Treponema pallidum' },
  { kind: 'SEX', systems: loinc, codes: ['2106-3', '2118-8', '2110-5', '82810-3', '76690-7'], source: 'LOINC: choriogonadotropin (pregnancy test), pregnancy status, sexual orientation' },
  { kind: 'SDV', systems: loinc, codes: ['76499-3', '76500-8', '76501-6', '76502-4', '76503-2', '76504-0'], source: 'LOINC: HARK (humiliation, afraid, rape, kick)' },
  { kind: 'GDIS', systems: loinc, codes: ['21636-6', '51968-6', '69548-6', '81247-9'], source: 'LOINC: BRCA1 mutations, genetic disease analysis, genetic variant assessment and reporting panel' },

  { kind: 'PSY', systems: snomed, codes: ['74732009', '35489007', '36923009', '370143000', '197480006', '47505003', '192127007', '13746004', '58214004', '82313006'], source: 'SNOMED CT: mental disorder; depressive, major depressive, anxiety, post-traumatic stress, attention deficit and bipolar disorder; schizophrenia; suicide attempt' },
  { kind: 'SUD', systems: snomed, codes: ['66214007', '15167005', '7200002', '5602001', '6525002', '55680006', '371422002'], source: 'SNOMED CT: substance abuse, alcohol abuse and alcoholism, opioid abuse, dependent drug abuse, drug overdose, history of substance misuse' },
  { kind: 'HIV', systems: snomed, codes: ['86406008', '165816005', '91948008', '62479008', '171121004'], source: 'SNOMED CT: HIV infection, HIV positive, asymptomatic HIV infection, AIDS, HIV screening' },
  { kind: 'STD', systems: snomed, codes: ['8098009', '76272004', '15628003', '105629000'], source: 'SNOMED CT: sexually transmitted infectious disease, syphilis, gonorrhoea, chlamydial infection' },
  { kind: 'SEX', systems: snomed, codes: ['386639001', '57797005', '13197004', '65200003', '169553002'], source: 'SNOMED CT: termination of pregnancy, contraception, insertion of contraceptive devices' },
  { kind: 'SDV', systems: snomed, codes: ['706893006'], source: 'SNOMED CT: victim of intimate partner abuse' },
  { kind: 'GDIS', systems: snomed, codes: ['127040003', '417357006', '190905008', '58756001', '32895009'], source: "SNOMED CT: sickle cell disorders, cystic fibrosis, Huntington's disease, hereditary disease" },

  { kind: 'PSY', systems: atc, prefixes: ['N05A', 'N06A'], source: `${whoAtc}: N05A antipsychotics, N06A antidepressants` },
  { kind: 'SUD', systems: atc, prefixes: ['N07BB', 'N07BC'], source: `${whoAtc}: N07BB, N07BC drugs used in alcohol and opioid dependence` },
  { kind: 'HIV', systems: atc, prefixes: ['J05AE', 'J05AF', 'J05AG', 'J05AJ', 'J05AR'], source: `${whoAtc}: J05AE-J05AG, J05AJ, J05AR antivirals for treatment of HIV infections` },
  { kind: 'SEX', systems: atc, prefixes: ['G03A', 'G03XB', 'G04BE'], source: `${whoAtc}: G03A hormonal contraceptives, G03XB, G04BE` },
]
