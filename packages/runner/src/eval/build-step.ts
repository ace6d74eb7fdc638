import { type Model, type Step, type StepRequest, makeStep } from "@epochmark/plugin-kit";
import { UsageError } from "../errors.ts";

/** The step that `file` asks for. @throws {UsageError} with the model's own reason when it cannot be built so */
export function buildStep(file: string, model: Model, request: StepRequest): Step {
  try {
    return makeStep(model, request);
  } catch (error) {
    throw new UsageError(`${file}: ${model.id} cannot be built: ${(error as Error).message.split("\n")[0]}`);
  }
}
