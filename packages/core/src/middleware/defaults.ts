import type { Middleware } from '../driver/driver.ts'
import { rewriteRequest } from '../driver/forward.ts'
import { chatFields, parsePreset, type Preset } from '../request.ts'

/**
 * Fills in what a request leaves out. Sampling is merged setting by setting, everything else as a
 * whole. A text to complete gets no settings of a conversation. Throws `invalid-request` for an
 * invalid preset.
 */
export function defaults(preset: Preset): Middleware {
  const { sampling, ...fields } = parsePreset(preset)
  const promptPreset = Object.fromEntries(
    Object.entries(fields).filter(([name]) => !chatFields.some((field) => field === name)),
  )
  return (inner) =>
    rewriteRequest(inner, 'defaults', {
      rewrite: (request) => ({
        ...(request.prompt === undefined ? fields : promptPreset),
        ...request,
        ...((sampling ?? request.sampling) && { sampling: { ...sampling, ...request.sampling } }),
      }),
    })
}
