import * as z from 'zod'
import type { Listed, Question } from './profile.ts'

const listing = z.object({
  data: z.array(
    z.object({ id: z.string(), owned_by: z.string().nullish(), max_model_len: z.int().nullish() }),
  ),
})

/** The list of models in OpenAI's form; vLLM and SGLang say in it how long a context is. */
export const models: Question<readonly Listed[]> = {
  path: '/v1/models',
  read: (answer) =>
    listing.safeParse(answer).data?.data.map(({ id, max_model_len: contextLength }) => ({
      id,
      ...(typeof contextLength === 'number' && { contextLength }),
    })),
}

/** Servers write their own name where OpenAI names the owner. */
export function ownedBy(owner: string): Question<true> {
  return {
    path: models.path,
    read: (answer) =>
      listing.safeParse(answer).data?.data.some(({ owned_by: by }) => by === owner) || undefined,
  }
}
