import { createRoot } from 'react-dom/client'
import { createCareLedgerClient } from '@careledger/client'
import { App } from '@careledger/ui'
import '@careledger/ui/styles.css'

const styleNonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce

// Libraries that write style elements of their own (scroll locking of dialogues) look for the nonce under this name.
Object.assign(globalThis, { __webpack_nonce__: styleNonce })

const root = document.getElementById('root')
if (root) createRoot(root).render(<App client={createCareLedgerClient({ url: location.origin })} {...(styleNonce !== undefined && { styleNonce })} />)
