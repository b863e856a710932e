import * as z from 'zod'
import type { ListedModel, Probe } from './profile.ts'

const listSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      owned_by: z.string().nullish(),
      root: z.string().nullish().catch(undefined),
      parent: z.string().nullish().catch(undefined),
      aliases: z.array(z.string()).nullish().catch(undefined),
      max_model_len: z.int().nullish(),
    }),
  ),
})

/** The list of models in OpenAI's form; vLLM and SGLang add the context length to it. */
export const modelList: Probe<readonly ListedModel[]> = {
  path: '/v1/models',
  read(response) {
    const models = listSchema.safeParse(response).data?.data
    return models?.map(({ id, root, parent, aliases, max_model_len: ownLength }) => {
      // vLLM lists an adapter with little more than the model that it is for.
      const parentModel = parent ? models.find((model) => model.id === parent) : undefined
      const base = parentModel?.root ?? parent
      const contextLength = ownLength ?? parentModel?.max_model_len
      return {
        id,
        ...(root && { root }),
        ...(base && { base }),
        ...(aliases && { aliases }),
        ...(typeof contextLength === 'number' && { contextLength }),
      }
    })
  },
}

/** Identifies a server that names itself as the owner of its models. */
export function ownedBy(owner: string): Probe<true> {
  return {
    path: modelList.path,
    read: (response) =>
      listSchema.safeParse(response).data?.data.some((model) => model.owned_by === owner) ||
      undefined,
  }
}
