import { Figures } from "@epochmark/schema";
import entered from "./figures.json" with { type: "json" };

/** Published throughputs and training times, entered by hand, each with source, conditions and licence. */
export const figures: Figures = Figures.parse(entered);
