import type { MessageInput } from './message.ts'
import type { chatFields, GenerateRequest } from './request.ts'
import type { JsonSchema, StandardSchema } from './standard-schema.ts'

/** A tool as callers write it: its parameters are a JSON Schema, or a library's schema. */
export interface ToolInput {
  readonly name: string
  readonly description?: string | undefined
  readonly parameters: JsonSchema | StandardSchema
}

type RequestFields = Omit<GenerateRequest, 'messages' | 'schema' | 'tools'>
type ChatField = (typeof chatFields)[number]

/** What callers write: a request, a plain string for one user message, or a text to complete. */
export type GenerateInput<
  Schema extends JsonSchema | StandardSchema = JsonSchema | StandardSchema,
  Tools extends readonly ToolInput[] = readonly ToolInput[],
> = string | RequestInput<Schema, Tools> | CompletionInput<Schema>

/** A request as callers write it. */
export interface RequestInput<Schema, Tools> extends RequestFields {
  /** A conversation, oldest message first; a plain string stands for one user message. */
  readonly messages: string | readonly MessageInput[]
  /** JSON Schema, or a library's schema such as zod's, that the answer, as JSON, satisfies. */
  readonly schema?: Schema | undefined
  /** What the model may call. */
  readonly tools?: Tools | undefined
}

/** A text to complete, with how to complete it, as callers write it. */
export interface CompletionInput<Schema>
  extends Omit<RequestFields, ChatField | 'prompt'>, Partial<Record<ChatField, undefined>> {
  /** The text, as it stands: no chat template, no reasoning, no tools. */
  readonly prompt: string
  readonly messages?: undefined
  /** JSON Schema, or a library's schema such as zod's, that what follows, as JSON, satisfies. */
  readonly schema?: Schema | undefined
}
