import { z } from "zod";
import { Line, Name } from "./text.ts";

/**
 * What one sensor told during a launch. Tools are missing, drivers refuse, laptops have no such counter: then
 * `known` is false and the reason says why. A figure that is never guessed.
 */
const reading = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.discriminatedUnion("known", [
    z.strictObject({
      known: z.literal(true),
      /** Tool or counter that gave the figures, and how often it was asked. */
      method: Name(200),
      ...shape,
    }),
    z.strictObject({ known: z.literal(false), reason: Line(500) }),
  ]);

const Watts = z.number().nonnegative().max(1e6);
const MHz = z.number().nonnegative().max(1e6);
const Celsius = z.number().min(-100).max(1000);
const Percent = z.number().nonnegative().max(1e4);
const Count = z.int().nonnegative();

/** Energy of the device over the timed window. */
export const Power = reading({
  energyJ: z.number().nonnegative().max(1e12),
  /** Readings that were integrated; 2 for a counter that was read at both ends. */
  samples: Count,
  /** Mean power before the launch, with nothing of ours on the device (W). */
  idleW: Watts.nullable(),
});
export type Power = z.infer<typeof Power>;

/** Clock of the device's processors over the timed window. */
export const Clock = reading({
  medianMHz: MHz,
  /** Medians of the first and the last quarter of the window. */
  firstMHz: MHz,
  lastMHz: MHz,
  /** What the vendor's tool calls the default or base clock; null where it names none. */
  defaultMHz: MHz.nullable(),
  samples: Count,
});
export type Clock = z.infer<typeof Clock>;

export const Thermal = reading({
  startC: Celsius,
  endC: Celsius,
  maxC: Celsius,
  /** Why the device held its clock back during the window, in the tool's words; idling is no reason. */
  throttleReasons: z.array(Name(80)).max(16),
});
export type Thermal = z.infer<typeof Thermal>;

/** Who else used the device during the launch. */
export const Others = reading({
  /** Other processes that computed on the device at once, at most; null where they cannot be seen. */
  processes: Count.nullable(),
  /** How busy they kept it: a GPU before the launch, of a CPU the threads that we needed during the window (%). */
  busyPercent: Percent.nullable(),
});
export type Others = z.infer<typeof Others>;

/** What the device was doing while a launch was timed. */
export const Conditions = z.strictObject({ power: Power, clock: Clock, thermal: Thermal, others: Others });
export type Conditions = z.infer<typeof Conditions>;

/** How the device was set up when the run began. */
export const DeviceState = reading({
  powerLimitW: Watts.nullable(),
  defaultPowerLimitW: Watts.nullable(),
  defaultClockMHz: MHz.nullable(),
  maxClockMHz: MHz.nullable(),
  /** Whether it also draws a screen. */
  displayAttached: z.boolean().nullable(),
  /** Whether it is cut into instances (MIG) of which this is one. */
  partitioned: z.boolean().nullable(),
  pcieGeneration: Count.nullable(),
  pcieLanes: Count.nullable(),
});
export type DeviceState = z.infer<typeof DeviceState>;
