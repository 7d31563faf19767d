import { createRoot } from 'react-dom/client'
import { App } from '../app.tsx'
import { createSample } from './sample.ts'
import { createTestClient } from './test-client.ts'
import '@careledger/ui/styles.css'

const { answers, actors } = await createSample()
const root = document.getElementById('root')
if (root) createRoot(root).render(<App client={createTestClient(answers, actors)} />)
