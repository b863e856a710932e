import type { Middleware } from '../driver/driver.ts'
import { rewriteRequest } from '../driver/forward.ts'
import { parsePreset, type Preset } from '../request.ts'

/**
 * Fills in what a request leaves out. Sampling is merged setting by setting, everything else as a
 * whole. Throws `invalid-request` for an invalid preset.
 */
export function defaults(preset: Preset): Middleware {
  const { sampling, ...rest } = parsePreset(preset)
  return (inner) =>
    rewriteRequest(inner, 'defaults', {
      rewrite: (request) => ({
        ...rest,
        ...request,
        ...((sampling ?? request.sampling) && { sampling: { ...sampling, ...request.sampling } }),
      }),
    })
}
