import type { ReasoningSplitter } from '@nano/core/driver'

/** Passes all text on. It has no state, so all replies share it. */
export const plainText: ReasoningSplitter = {
  thinking: false,
  pending: '',
  push: (text) => (text ? [{ type: 'text', text }] : []),
  end: () => [],
}
