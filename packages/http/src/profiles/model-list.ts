import * as z from 'zod'
import type { ListedModel, Probe } from './profile.ts'

const listSchema = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      owned_by: z.string().nullish(),
      root: z.string().nullish().catch(undefined),
      aliases: z.array(z.string()).nullish().catch(undefined),
      max_model_len: z.int().nullish(),
    }),
  ),
})

/** The list of models in OpenAI's form; vLLM and SGLang add the context length to it. */
export const modelList: Probe<readonly ListedModel[]> = {
  path: '/v1/models',
  read: (response) =>
    listSchema.safeParse(response).data?.data.map((model) => ({
      id: model.id,
      ...(model.root && { root: model.root }),
      ...(model.aliases && { aliases: model.aliases }),
      ...(typeof model.max_model_len === 'number' && { contextLength: model.max_model_len }),
    })),
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
