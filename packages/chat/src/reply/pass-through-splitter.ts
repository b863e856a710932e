import type { ReasoningSplitter } from '@nano/core/driver'

/** Passes all text on. It has no state, so all replies share it. */
export const passThroughSplitter: ReasoningSplitter = {
  thinking: false,
  pending: '',
  push: (text) => (text ? [{ type: 'text', text }] : []),
  end: () => [],
}
