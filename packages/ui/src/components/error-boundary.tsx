import { Component, type ReactNode } from 'react'
import { ErrorState } from './states.tsx'

interface Props {
  /** A new value, usually the address, clears the failure. */
  readonly at: string
  readonly children: ReactNode
}

/** Keeps the frame standing when a screen fails. What was thrown is shown as a code only; it may hold data of a patient. */
export class ErrorBoundary extends Component<Props, { readonly error: unknown, readonly at: string | undefined }> {
  override state = { error: undefined as unknown, at: undefined as string | undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override componentDidUpdate(before: Props) {
    if (before.at !== this.props.at && this.state.error !== undefined) this.setState({ error: undefined })
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    return <ErrorState error={this.state.error} onRetry={() => this.setState({ error: undefined })} />
  }
}
