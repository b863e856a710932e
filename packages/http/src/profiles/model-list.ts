import * as z from 'zod'
import type { ListedModel, Probe } from './profile.ts'

const textSchema = z.string().nullish().catch(undefined)
const lengthSchema = z.int().min(1).nullish().catch(undefined)

const modelSchema = z.object({
  id: z.string(),
  owned_by: textSchema,
  root: textSchema,
  parent: textSchema,
  aliases: z.array(z.string()).nullish().catch(undefined),
  max_model_len: lengthSchema,
  // Hosted services.
  context_length: lengthSchema,
  context_window: lengthSchema,
  max_context_length: lengthSchema,
})
type ModelEntry = z.infer<typeof modelSchema>

/** A server without models may list `null`, and some services list the models alone. */
const listSchema = z.union([
  z.object({ data: z.array(modelSchema).nullable() }).transform(({ data }) => data ?? []),
  z.array(modelSchema),
])

/** The list of models in OpenAI's form; servers and services add the context length to it. */
export const modelList: Probe<readonly ListedModel[]> = {
  path: '/v1/models',
  read(response) {
    const models = listSchema.safeParse(response).data
    return models?.map((entry) => {
      const { id, root, parent, aliases } = entry
      // vLLM lists an adapter with little more than the model that it is for.
      const parentModel = parent ? models.find((model) => model.id === parent) : undefined
      const base = parentModel?.root ?? parent
      const contextLength =
        readContextLength(entry) ?? (parentModel && readContextLength(parentModel))
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

function readContextLength(entry: ModelEntry): number | null | undefined {
  const { max_model_len: ownLength, context_length: length, context_window: window } = entry
  return ownLength ?? length ?? window ?? entry.max_context_length
}

/** Identifies a server that names itself as the owner of its models. */
export function ownedBy(owner: string): Probe<true> {
  return {
    path: modelList.path,
    read: (response) =>
      listSchema.safeParse(response).data?.some((model) => model.owned_by === owner) || undefined,
  }
}
