import type { MeasureRequest } from "./child/protocol.ts";
import type { PlannedCase } from "./plan/plan.ts";

type Rest = Pick<MeasureRequest, "enginesModule" | "programs" | "threads" | "launch" | "budget" | "check">;

/** What a child is asked to measure: a planned case, and what differs from launch to launch. */
export function measureRequest(planned: PlannedCase, rest: Rest): MeasureRequest {
  const { found, model, phase, size, workload, engine, device, precision } = planned;
  return {
    type: "measure",
    pluginModule: found.module,
    model: model.id,
    phase,
    size,
    batch: workload.batch,
    build: workload.build,
    engine: engine.id,
    device: device.id,
    precision,
    environment: device.precisions?.[precision] ?? {},
    ...rest,
  };
}
