import { graphField, modelField } from './graph/field-numbers.ts'
import { concatFields, messageField, rawBytes, toBytes } from './protobuf/encode-fields.ts'
import { parseFields } from './protobuf/parse-fields.ts'

/**
 * Leaves out what a model says of the shapes of its inner values. A runtime plans memory by them
 * and infers them itself where there are none: a model with wrong ones loads and does not run.
 * Throws `bad-model` for bytes that are not a model.
 */
export function dropValueInfos(model: Uint8Array): Uint8Array {
  const graphs = parseFields(model).map((field) => {
    if (field.number !== modelField.graph) return rawBytes(field.encoded)
    const keptFields = parseFields(field.bytes).filter(
      ({ number }) => number !== graphField.valueInfo,
    )
    return messageField(
      field.number,
      concatFields(keptFields.map(({ encoded }) => rawBytes(encoded))),
    )
  })
  return toBytes(concatFields(graphs))
}
