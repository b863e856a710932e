import * as z from 'zod'
import type { ModelProbe } from './profile.ts'

const openapiSchema = z.object({
  components: z.object({
    schemas: z.object({
      CompletionRequest: z.object({ properties: z.record(z.string(), z.unknown()) }),
    }),
  }),
})

/**
 * Reads from the API description, which each FastAPI server has, whether this version's completions
 * return token ids: those that do have the field `field`.
 */
export function tokenIdsProbe(field: string): ModelProbe {
  return {
    path: '/openapi.json',
    read(response) {
      const description = openapiSchema.safeParse(response).data
      const properties = description?.components.schemas.CompletionRequest.properties
      return properties && { returnsTokenIds: field in properties }
    },
  }
}
