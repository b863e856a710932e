import type { Middleware } from '../driver.ts'
import type { GenerateRequest } from '../request.ts'
import { rewriteRequest } from './forward.ts'

/** Fills in what a request leaves out; sampling is merged field by field, everything else as a whole. */
export function defaults(preset: Partial<Omit<GenerateRequest, 'messages'>>): Middleware {
  return (inner) =>
    rewriteRequest(inner, 'defaults', (request) => ({
      ...preset,
      ...request,
      ...((preset.sampling ?? request.sampling) && { sampling: { ...preset.sampling, ...request.sampling } }),
    }))
}
