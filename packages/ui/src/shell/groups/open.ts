export { Show } from '../../screens/public/show/show.tsx'
export { Verify } from '../../screens/public/verify.tsx'
