/** Medicines that an allergy to one of them speaks against, for a warning and never for a verdict. */
export interface MedicineClass {
  /** WHO ATC group. */
  readonly atc: string
  readonly name: string
  /** Words of an allergy entry that mean the whole class; lower case. */
  readonly words: readonly string[]
  /** Ingredients, lower case, as they stand in a medicine's name. */
  readonly members: readonly string[]
}

/**
 * Classes that most recorded medicine allergies are about. Source: WHO ATC index (https://atcddd.fhi.no/atc_ddd_index/), groups as named;
 * Korean names by the Korean Pharmacopoeia. A medicine that is not here is compared by its own words and codes only.
 */
export const MEDICINE_CLASSES: readonly MedicineClass[] = [
  {
    atc: 'J01C', name: 'penicillin', words: ['penicillin', '페니실린', 'beta-lactam', 'β-lactam'],
    members: ['amoxicillin', 'ampicillin', 'benzylpenicillin', 'phenoxymethylpenicillin', 'piperacillin', 'oxacillin', 'flucloxacillin', 'dicloxacillin', 'nafcillin', 'ticarcillin', 'amoxicilline', 'co-amoxiclav', 'augmentin', '아목시실린', '암피실린', '피페라실린'],
  },
  {
    atc: 'J01D', name: 'cephalosporin', words: ['cephalosporin', 'cefalosporin', '세팔로스포린'],
    members: ['cefazolin', 'cefalexin', 'cephalexin', 'cefuroxime', 'cefaclor', 'cefotaxime', 'ceftriaxone', 'ceftazidime', 'cefixime', 'cefepime', 'cefpodoxime', '세파졸린', '세프트리악손', '세파클러'],
  },
  {
    atc: 'J01E', name: 'sulfonamide', words: ['sulfonamide', 'sulphonamide', 'sulfa', 'sulfa drug', '설폰아미드', '설파'],
    members: ['sulfamethoxazole', 'co-trimoxazole', 'cotrimoxazole', 'sulfadiazine', 'sulfasalazine', '설파메톡사졸'],
  },
  {
    atc: 'M01A', name: 'NSAID', words: ['nsaid', 'nonsteroidal', 'non-steroidal', '비스테로이드'],
    members: ['ibuprofen', 'naproxen', 'diclofenac', 'ketorolac', 'indometacin', 'indomethacin', 'meloxicam', 'piroxicam', 'celecoxib', 'aspirin', 'acetylsalicylic', '이부프로펜', '나프록센', '아스피린', '디클로페낙'],
  },
  {
    atc: 'J01F', name: 'macrolide', words: ['macrolide', '마크로라이드'],
    members: ['erythromycin', 'clarithromycin', 'azithromycin', 'roxithromycin', '에리트로마이신', '클래리트로마이신', '아지트로마이신'],
  },
  {
    atc: 'J01M', name: 'quinolone', words: ['quinolone', 'fluoroquinolone', '퀴놀론'],
    members: ['ciprofloxacin', 'levofloxacin', 'moxifloxacin', 'ofloxacin', 'norfloxacin', '시프로플록사신', '레보플록사신'],
  },
  {
    atc: 'N02A', name: 'opioid', words: ['opioid', 'opiate', '아편'],
    members: ['morphine', 'codeine', 'oxycodone', 'hydromorphone', 'fentanyl', 'tramadol', 'hydrocodone', '모르핀', '코데인', '트라마돌'],
  },
]
