import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { encodeValueType } from '../src/graph/encode-model.ts'
import { graphField, modelField } from '../src/graph/field-numbers.ts'
import { encodeParsedValue } from '../src/graph/rewrite-model.ts'
import { dropValueInfos } from '../src/index.ts'
import { concatFields, messageField, rawBytes, toBytes } from '../src/protobuf/encode-fields.ts'
import { parseFields } from '../src/protobuf/parse-fields.ts'
import { tinyModels } from './support/session.ts'

it('leaves out the shapes of inner values, and nothing else', () => {
  const model = readFileSync(tinyModels['as onnxruntime-genai has them'])
  const shape = encodeParsedValue(graphField.valueInfo, {
    name: 'inner',
    encodedType: encodeValueType('float32', [1, 2]),
  })
  const withShape = parseFields(model).map((field) =>
    field.number === modelField.graph
      ? messageField(field.number, rawBytes(field.bytes), shape)
      : rawBytes(field.encoded),
  )
  const changedModel = toBytes(concatFields(withShape))
  expect(changedModel.length).toBeGreaterThan(model.length)
  expect(Buffer.from(dropValueInfos(changedModel)).equals(model)).toBe(true)
})
