export { ProofPage } from '../../screens/public/proof-page.tsx'
